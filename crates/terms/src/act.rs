//! What kind of thing happened.
//!
//! Takes and gives the words of the taxonomy; says which kinds an observer may take for one another. Never an "other"
//! that hides a missing word: what no word fits stays with the import, listed.

/// The kind of an observed act or effect.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Act {
    /// Artillery, mortar, tank or rocket-artillery fire.
    Shelling,
    /// Bombs or rockets from aircraft.
    AirStrike,
    /// A strike or drop by a short-range drone, or by one of unstated range.
    DroneStrike,
    /// One-way attack drones launched over long range.
    LongRangeDrone,
    /// A cruise or ballistic missile.
    Missile,
    /// Fire from rifles and machine guns; a firefight.
    SmallArms,
    /// An explosion of undetermined cause.
    Explosion,
    /// An attempt to take ground.
    Assault,
    /// An attempt to cross a border or line.
    Incursion,
    /// Drones or missiles reported shot down.
    Interception,
    /// A drone or aircraft seen overhead, without a strike.
    Overflight,
    /// Tanks or other armour seen or moved.
    Armour,
    /// Heavy weapons seen where the text limits them.
    HeavyWeapon,
    /// New mines or fortifications.
    Mining,
    /// People killed or wounded.
    Casualties,
    /// Heat seen from space.
    ThermalAnomaly,
    /// Forces or weapons withdrawn.
    Withdrawal,
    /// A report, reply or notification that the text asks for.
    Notice,
    /// A meeting that the text asks for.
    Meeting,
    /// Prisoners or remains handed over.
    Exchange,
    /// Observers kept out, delayed or threatened.
    AccessDenied,
    /// Forces or weapons moved from where they stood.
    Movement,
    /// People, forces or goods that the text awaits came to their place.
    Arrival,
    /// People, forces or goods left the place where they were present.
    Departure,
    /// A road, crossing or office opened.
    Opening,
    /// A road, crossing or office closed.
    Closing,
    /// Mines or fortifications removed.
    Demining,
    /// Aid, civilians or services hindered.
    Obstruction,
    /// A request that the text knows, such as for consultation.
    Request,
    /// Consultations held.
    Consultation,
    /// An approval or order given by one who may give it.
    Authorisation,
    /// The verifying body's statement that something holds.
    Verification,
    /// A step that the text names, told by its object.
    Milestone,
    /// A rule suspended by one who may.
    Suspension,
    /// A suspended rule resumed.
    Resumption,
    /// A rule or agreement ended by one who may.
    Termination,
    /// An agreement extended by those who may.
    Extension,
    /// A breach alleged without saying of what kind.
    UnspecifiedBreach,
}

impl Act {
    /// Every kind, in canonical order.
    pub const ALL: [Act; 38] = [
        Act::Shelling,
        Act::AirStrike,
        Act::DroneStrike,
        Act::LongRangeDrone,
        Act::Missile,
        Act::SmallArms,
        Act::Explosion,
        Act::Assault,
        Act::Incursion,
        Act::Interception,
        Act::Overflight,
        Act::Armour,
        Act::HeavyWeapon,
        Act::Mining,
        Act::Casualties,
        Act::ThermalAnomaly,
        Act::Withdrawal,
        Act::Notice,
        Act::Meeting,
        Act::Exchange,
        Act::AccessDenied,
        Act::Movement,
        Act::Arrival,
        Act::Departure,
        Act::Opening,
        Act::Closing,
        Act::Demining,
        Act::Obstruction,
        Act::Request,
        Act::Consultation,
        Act::Authorisation,
        Act::Verification,
        Act::Milestone,
        Act::Suspension,
        Act::Resumption,
        Act::Termination,
        Act::Extension,
        Act::UnspecifiedBreach,
    ];

    /// The word used in agreements, files and addresses.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Act::Shelling => "shelling",
            Act::AirStrike => "air-strike",
            Act::DroneStrike => "drone-strike",
            Act::LongRangeDrone => "long-range-drone",
            Act::Missile => "missile",
            Act::SmallArms => "small-arms",
            Act::Explosion => "explosion",
            Act::Assault => "assault",
            Act::Incursion => "incursion",
            Act::Interception => "interception",
            Act::Overflight => "overflight",
            Act::Armour => "armour",
            Act::HeavyWeapon => "heavy-weapon",
            Act::Mining => "mining",
            Act::Casualties => "casualties",
            Act::ThermalAnomaly => "thermal-anomaly",
            Act::Withdrawal => "withdrawal",
            Act::Notice => "notice",
            Act::Meeting => "meeting",
            Act::Exchange => "exchange",
            Act::AccessDenied => "access-denied",
            Act::Movement => "movement",
            Act::Arrival => "arrival",
            Act::Departure => "departure",
            Act::Opening => "opening",
            Act::Closing => "closing",
            Act::Demining => "demining",
            Act::Obstruction => "obstruction",
            Act::Request => "request",
            Act::Consultation => "consultation",
            Act::Authorisation => "authorisation",
            Act::Verification => "verification",
            Act::Milestone => "milestone",
            Act::Suspension => "suspension",
            Act::Resumption => "resumption",
            Act::Termination => "termination",
            Act::Extension => "extension",
            Act::UnspecifiedBreach => "unspecified-breach",
        }
    }

    /// The kind that a word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Act> {
        Act::ALL.into_iter().find(|act| act.word() == word)
    }

    /// Whether looking at the ground could show it; a notice, a meeting or a reported withdrawal is
    /// known from the record of an office instead.
    #[must_use]
    pub fn on_the_ground(self) -> bool {
        !self.of_record() && !matches!(self, Act::Withdrawal | Act::Exchange | Act::AccessDenied | Act::Obstruction)
    }

    /// Whether it reaches the record by itself: if none is there, none was done.
    #[must_use]
    pub fn of_record(self) -> bool {
        matches!(
            self,
            Act::Notice
                | Act::Meeting
                | Act::Request
                | Act::Consultation
                | Act::Authorisation
                | Act::Verification
                | Act::Milestone
                | Act::Suspension
                | Act::Resumption
                | Act::Termination
                | Act::Extension
        )
    }

    /// Whether two observers of one happening may give it these two kinds: an undetermined explosion may be any strike,
    /// and a strike may be told by the heat or the casualties it left.
    #[must_use]
    pub fn may_be(self, other: Act) -> bool {
        let strike = |act: Act| {
            matches!(act, Act::Shelling | Act::AirStrike | Act::DroneStrike | Act::LongRangeDrone | Act::Missile)
        };
        let trace = |act: Act| matches!(act, Act::Explosion | Act::ThermalAnomaly | Act::Casualties);
        self == other || (strike(self) || trace(self)) && trace(other) || trace(self) && strike(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_their_kinds() {
        for act in Act::ALL {
            assert_eq!(Act::from_word(act.word()), Some(act));
        }
        assert_eq!(Act::from_word("other"), None);
    }

    #[test]
    fn may_be_is_mutual() {
        for a in Act::ALL {
            for b in Act::ALL {
                assert_eq!(a.may_be(b), b.may_be(a), "{} {}", a.word(), b.word());
            }
        }
        assert!(Act::Explosion.may_be(Act::Shelling));
        assert!(!Act::Shelling.may_be(Act::AirStrike));
    }
}
