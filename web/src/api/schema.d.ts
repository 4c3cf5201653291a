// Generated from openapi.json by `npm run generate`. Do not edit.

export interface paths {
    "/api/v1/agreement": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The agreement with the state of each clause. */
        get: operations["agreement"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agreement/rules/{id}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The history of one rule as steps. */
        get: operations["history_of_rule"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agreement/rules/{id}/instances": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The instances of one rule, each with its certificate. */
        get: operations["of_rule"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agreement/text": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The text that governs, to begin a draft from. */
        get: operations["adopted_text"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the last audit of this store found, and how far the present one has come. */
        get: operations["last"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Audits the store once more. Only from this machine, and not while an audit runs. */
        post: operations["run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/basemap": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The basemap and the agreement's zones and lines, as GeoJSON layers. */
        get: operations["basemap"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/claims": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Statements of parties, kept apart from incidents. */
        get: operations["claims"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clocks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Running obligations. */
        get: operations["clocks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/coverage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who looked where, over a span or the last 24 hours. */
        get: operations["coverage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/coverage/survey": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where an act would have been seen, over a span or the last 24 hours; `act` names one. */
        get: operations["survey"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/drafts/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What a draft says, and what a drafter should look at. Nothing is kept. */
        post: operations["check"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/drafts/compare": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What a draft would change in the text that governs. Nothing is kept. */
        post: operations["compare"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/drafts/simulate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A scenario run over a draft, and over the text that governs. Nothing is kept. */
        post: operations["simulate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/guarantees": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What guarantors promised, and how it stands. */
        get: operations["guarantees"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/guarantees/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the asker was told of clocks. */
        get: operations["alerts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/guarantees/alerts/{id}/acknowledgement": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Writes that an alert was read. */
        post: operations["acknowledge"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/guarantees/brief.pdf": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What concerns one guarantor, on two pages of A4. */
        get: operations["brief"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/guarantees/clocks.ics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The clocks of guarantors as an iCalendar file. */
        get: operations["calendar"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/guarantees/feed.atom": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The clocks of guarantors as an Atom feed. */
        get: operations["feed"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/guarantees/notices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What one end told another in a form, and what became of it. */
        get: operations["notices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Incidents under a filter, with the timeline of the same filter. */
        get: operations["incidents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One incident with its evidence. */
        get: operations["incident"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/onlooker": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** For whom guarantees are shown to whoever asks so. */
        get: operations["onlooker"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/scorecard": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the machine proposed, against what happened; a demo alone knows. */
        get: operations["scorecard"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Sources and what may be done with them. */
        get: operations["sources"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The mission as of now: the top line of every page. */
        get: operations["status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/strength": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Forces and sites: what is asked for and what there is, what is declared and what was found. */
        get: operations["strength"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description What was looked for and not found. */
        Absence: {
            /** @description In what span. */
            during: components["schemas"]["Span"];
            /**
             * Format: int32
             * @description How many facts of that kind, in that span or near it, were looked at.
             */
            examined: number;
            /** @description Up to when each source is known. */
            known_until: components["schemas"]["KnownUntil"][];
            nearest?: components["schemas"]["Nearest"] | null;
            /** @description Of what. */
            of: string;
        };
        /** @description Who may enter a site. */
        AccessLine: {
            /** @description On which terms. */
            terms?: string | null;
            who: string;
        };
        /** @description That an alert was read. */
        Acknowledging: {
            /** @description The office that read it, never a private name; a party that proved itself is named as that party. */
            by?: string;
            /** @description A remark. */
            note?: string;
        };
        /** @description An act, and how many incidents are of it. */
        ActTold: {
            act: string;
            /** Format: int64 */
            incidents: number;
        };
        /** @description The text that governs, as it was adopted. */
        Adopted: {
            /** @description The names of its maps. */
            files: string[];
            /** @description The text. */
            text: string;
        };
        /** @description The agreement with the state of each clause. */
        Agreement: {
            /** @description Headed articles in order. */
            articles: components["schemas"]["Article"][];
            /** @description What was known at this instant. */
            as_of: string;
            /** @description Entry into force, RFC 3339 UTC, where there is one for all readings. */
            in_force?: string | null;
            /** @description The readings, in the text's order; empty when all read it alike. */
            readings: string[];
            /** @description What a drafter should look at. */
            remarks: components["schemas"]["Remark"][];
            /** @description The rules in order. */
            rules: components["schemas"]["Rule"][];
            /** @description SHA-256 of the text and its zones, hex. */
            sha256: string;
            /** @description How many clauses stand where. Never one percentage. */
            tally: components["schemas"]["TallyLine"][];
            /** @description Title. */
            title: string;
            /** @description Version. */
            version: string;
        };
        /** @description What somebody was told of a clock. */
        AlertLine: {
            acknowledged?: components["schemas"]["AlertStepLine"] | null;
            /** @description When that came. */
            at: string;
            /** @description How often it was tried. */
            attempts: number;
            /** @description `app`, `mail`, `webhook`. */
            carrier: string;
            /** @description By which channel. */
            channel: string;
            /** @description The clock's name. */
            clock: string;
            /**
             * Format: int64
             * @description How long before or after, in milliseconds.
             */
            distance_ms: number;
            id: string;
            last?: components["schemas"]["AlertStepLine"] | null;
            /** @description `started`, `before`, `end`, `after`. */
            occasion: string;
            /** @description When it was written down, before it was sent. */
            raised_at: string;
            /** @description `shown` in the app alone; `sent`; `refused`; `unknown`, whether it went out. */
            state: string;
            /** @description In one line. */
            subject: string;
        };
        /** @description A step with an alert. */
        AlertStepLine: {
            at: string;
            by: string;
            note: string;
            /** @description `attempted`, `sent`, `refused`, `unknown`, `acknowledged`. */
            step: string;
        };
        /** @description Alerts, the newest first. */
        Alerts: {
            alerts: components["schemas"]["AlertLine"][];
            /** @description Whether this asker can say that an alert was read. */
            can_acknowledge: boolean;
            /** @description For whom. */
            sees: string;
        };
        /** @description The nearest other way to put the reports of an incident together. */
        Alternative: {
            /** @description How likely it is. */
            chance: components["schemas"]["Chance"];
            /** @description That incident or observation. */
            id: string;
            /** @description `one with` another incident, or `without` one of its observations. */
            what: string;
        };
        /** @description One headed article. */
        Article: {
            /** @description `art_3__para_1`. */
            anchor: string;
            /** @description Its blocks in order. */
            blocks: components["schemas"]["Block"][];
            /** @description Its heading. */
            heading: string;
            /**
             * Format: int32
             * @description 1 for `#`, 2 for `##`.
             */
            level: number;
        };
        /** @description One thing that reads otherwise. */
        Aspect: {
            /** @description As the draft has it. */
            is?: string | null;
            /** @description As the governing text has it. */
            was?: string | null;
            /** @description What: `ends`, `zone Band`, an anchor. */
            what: string;
        };
        /** @description What the last audit found. */
        Audit: {
            /** @description The three questions in order: `unchanged`, `follows`, `witnessed`. Empty before the first audit. */
            answers: components["schemas"]["AuditAnswer"][];
            /** @description Contests of parties, newest first; nothing takes them yet. */
            contests: components["schemas"]["AuditContest"][];
            /** @description The newest entries, newest first, at most 50. */
            entries: components["schemas"]["AuditEntry"][];
            /** @description What was erased, by order, and who attested what followed before. */
            erased: components["schemas"]["AuditErasure"][];
            /** @description When it ended: RFC 3339, UTC. */
            finished_at?: string | null;
            first_difference?: components["schemas"]["AuditDifference"] | null;
            log?: components["schemas"]["AuditLog"] | null;
            /** @description What could not be checked, in words. */
            missing: string[];
            progress?: components["schemas"]["AuditProgress"] | null;
            /** @description Each bulletin and derivation that the record speaks of, in log order. */
            results: components["schemas"]["AuditResult"][];
            /** @description When the one shown here began: RFC 3339, UTC. */
            started_at?: string | null;
            /** @description `never`, `running` or `done`. While one runs, everything below is of the one before. */
            state: string;
            /** @description Each witness that the store asks: whether it signed the log's head, and since when it is silent. */
            witnesses: components["schemas"]["AuditWitness"][];
        };
        /** @description One of the three answers. */
        AuditAnswer: {
            /** @description `yes`, `no` or `cannot_tell`. */
            answer: string;
            /** @description `unchanged`, `follows` or `witnessed`. */
            key: string;
            /** @description What stands beside it, in words. */
            note: string;
        };
        /** @description A contest of a party. */
        AuditContest: {
            /**
             * Format: int64
             * @description Index of its entry.
             */
            entry: number;
            /** @description What it is about, in words. */
            title: string;
        };
        /** @description Something that is not as it was signed. */
        AuditDifference: {
            /**
             * Format: int64
             * @description The entry, if it is of one.
             */
            entry?: number | null;
            /** @description The file, below the store's folder. */
            file: string;
            /**
             * Format: int64
             * @description Bytes before the difference, as far as it can be placed.
             */
            offset: number;
            /** @description What differs, in words. */
            what: string;
        };
        /** @description An entry of the log, by its public half. */
        AuditEntry: {
            /** @description The key that signed it. */
            author: string;
            /** @description Who may read what it says: `public`, `mission` or `restricted`. */
            class: string;
            /**
             * Format: int64
             * @description Its index.
             */
            index: number;
            /** @description What kind of thing it says. */
            kind: string;
            /** @description When it came in: RFC 3339, UTC. */
            received_at: string;
        };
        /** @description Entries that one order erased. */
        AuditErasure: {
            /** @description Who attested what followed from them before they were erased, in words; `nobody` if nobody did. */
            attested: string;
            /** @description The entries, in the order of the log. */
            entries: number[];
            /**
             * Format: int64
             * @description The order's entry; nothing if keys are lost and no entry says why.
             */
            order?: number | null;
            /** @description Which, on whose authority and on what ground, in words. */
            what: string;
        };
        /** @description The head of the audited log. */
        AuditLog: {
            /** @description The log's public key, a vkey. */
            key: string;
            /** @description Data class and mission. */
            origin: string;
            /** @description Root, base64. */
            root: string;
            /**
             * Format: int64
             * @description Number of entries.
             */
            size: number;
        };
        /** @description How far an audit has come. */
        AuditProgress: {
            /** @description What is being done. */
            doing: string;
            /**
             * Format: int64
             * @description So many entries.
             */
            done: number;
            /**
             * Format: int64
             * @description Of so many; 0 if that is not known.
             */
            of: number;
        };
        /** @description A result that the record speaks of. */
        AuditResult: {
            /** @description `yes`, `no` or `cannot_tell`. */
            answer: string;
            /**
             * Format: int64
             * @description It follows from so many entries.
             */
            basis: number;
            /**
             * Format: int64
             * @description Index of the entry.
             */
            entry: number;
            /** @description `bulletin` or `derivation`. */
            kind: string;
            /** @description What stands beside it, in words. */
            note: string;
            /** @description What made it. */
            program: string;
            /** @description What it is, in words. */
            title: string;
        };
        /** @description A witness that the store's own trust file names. */
        AuditWitness: {
            /** @description What must not be, such as another history that it holds, in words. */
            alarm?: string | null;
            /** @description When it answered the store last, whatever it said: RFC 3339, UTC. */
            answered_at?: string | null;
            /** @description Its public key, a vkey. */
            key: string;
            /** @description Its name. */
            name: string;
            /** @description When it signed the head: RFC 3339, UTC; nothing if it did not. */
            signed_at?: string | null;
            /** @description Since when it gave no signature that it was asked for: RFC 3339, UTC. */
            silent_since?: string | null;
            /** @description Why it gave none, in words. */
            why?: string | null;
        };
        /** @description How an incident or a claim bears on a rule under one reading. */
        Bearing: {
            /** @description `falls under`, `outside`, `cannot tell`. */
            answer: string;
            /** @description Reading, where the parties read the clause differently. */
            reading?: string | null;
            /** @description Rule id: `A1`. */
            rule: string;
            /** @description Why, in one sentence. */
            why: string;
        };
        /** @description One thing that changed a verdict. */
        Because: {
            /**
             * Format: int64
             * @description Log index of the entry.
             */
            entry?: number | null;
            happened?: components["schemas"]["Span"] | null;
            /** @description The incident, as it was named then. */
            incident?: string | null;
            /**
             * Format: int64
             * @description How long after that it was received, in milliseconds.
             */
            late_ms?: number | null;
            /** @description How many looks. */
            looks?: number | null;
            /** @description The incident that holds its first report now; nothing where this reader sees none. */
            now?: string | null;
            /** @description When that was received. */
            received_at?: string | null;
            /** @description The result of a finding. */
            result?: string | null;
            /** @description The source, the signer, the body or the version of the text. */
            who?: string | null;
            /**
             * @description `begins`, `text`, `ruling`, `finding`, `attribution`, `report`, `incident`, `changed`, `looks`, `window begins`,
             *     `window ends`, `closes`, `time`.
             */
            why: string;
        };
        /** @description A span in which nobody looked. */
        Blind: {
            /** @description When. */
            span: components["schemas"]["Span"];
            /** @description Why, as far as recorded. */
            why: string;
        };
        /** @description A block of text or of rules. */
        Block: {
            /** @description `prose`, `rules`, `definitions` or `not understood`. */
            kind: string;
            /** @description Ids of the rules in it. */
            rules: string[];
            /** @description The text as written (Markdown for prose). */
            text: string;
        };
        /** @description One cell of the map. */
        Cell: {
            /**
             * Format: int32
             * @description The largest event that could have passed: the same share in the worst hour, ppm.
             */
            at_worst_ppm: number;
            /**
             * Format: int32
             * @description Its middle, microdegrees.
             */
            lat_e6: number;
            /**
             * Format: int32
             * @description Its middle, microdegrees.
             */
            lon_e6: number;
            /**
             * Format: int32
             * @description The chance there, ppm.
             */
            seen_ppm: number;
            /**
             * Format: int32
             * @description The smallest event that would be seen: the share of such happenings that is at least so loud, ppm.
             */
            surely_ppm: number;
        };
        /** @description What the checker says, which reckons nothing as the engine does. */
        CertificateCheck: {
            /** @description `accepted`, `refused`, `cannot check`. */
            answer: string;
            /** @description Why it is not accepted. */
            why?: string | null;
        };
        /** @description A probability. */
        Chance: {
            /**
             * Format: int32
             * @description Parts per million.
             */
            ppm: number;
            /** @description In words: `likely`. */
            word: string;
        };
        /** @description A verdict that would change. */
        ChangedVerdict: {
            /** @description What was made up to ask. */
            asks: string;
            /** @description Whose verdicts; empty for the parties together. */
            bearers: string[];
            /** @description Under the draft, and why. */
            is?: string | null;
            /** @description The reading. */
            reading?: string | null;
            /** @description The rule. */
            rule: string;
            /** @description Under the governing text, and why. */
            was?: string | null;
        };
        /** @description A draft as it reads. */
        Checked: {
            /** @description Headed articles in order. */
            articles: components["schemas"]["Article"][];
            /**
             * Format: int32
             * @description How many of the rules can be judged.
             */
            judged: number;
            /** @description What a drafter should look at, in order of place. */
            remarks: components["schemas"]["Remark"][];
            /** @description The rules in order. */
            rules: components["schemas"]["DraftRule"][];
            /**
             * Format: int32
             * @description How many are text only.
             */
            text_only: number;
            /** @description Title. */
            title: string;
            /** @description Version. */
            version: string;
        };
        /** @description Sources and gaps of an item. */
        CitedLine: {
            /** @description As its firmest source: `official`, `press`, `unconfirmed`. */
            credit?: string | null;
            /** @description What is not public or not said. */
            gaps: string[];
            /** @description The line of the page that encodes it. */
            line: number;
            /** @description Its sources. */
            sources: string[];
        };
        /** @description An instant, and as the agreement's own clocks show it. */
        CivilMoment: {
            /** @description RFC 3339 UTC. */
            at: string;
            /** @description In the agreement's time zone. */
            civil: string;
        };
        /** @description One claim by a party. */
        Claim: {
            /** @description Who said it. */
            claimant?: string | null;
            /** @description What was said. */
            observation: components["schemas"]["Observation"];
            /** @description What the clause would say if it were established, per rule and reading. */
            would_be: components["schemas"]["Bearing"][];
        };
        /** @description Statements of parties, kept apart from incidents. */
        Claims: {
            /** @description What was known at this instant. */
            as_of: string;
            /** @description The claims. */
            claims: components["schemas"]["Claim"][];
            /**
             * Format: int64
             * @description How many.
             */
            total: number;
            /** @description Published totals with the arithmetic of their parts. */
            totals: components["schemas"]["Total"][];
        };
        /** @description A running obligation. */
        Clock: {
            /** @description The arithmetic in one line. */
            arithmetic: string;
            /** @description Who owes it. */
            bearer?: string | null;
            /** @description When it is due. */
            due: string;
            /** @description Reading. */
            reading?: string | null;
            /** @description Rule. */
            rule: string;
            /** @description When it started. */
            started: string;
            /** @description `pending`, `running`, `discharged`, `late`, `cannot tell`. */
            state: string;
            /** @description What started it: an incident id or the entry into force. */
            trigger: string;
        };
        /** @description A clock. */
        ClockLine: {
            /** @description How `due` was reckoned. */
            arithmetic: string;
            /** @description Why, where that is to be said. */
            because: string[];
            /** @description The clock's rule. */
            clock: string;
            /** @description The promise. */
            commitment: string;
            /** @description Who owes. */
            debtor: string;
            /** @description When it is over; nothing while it is stopped. */
            due?: string | null;
            /** @description `uk-24h/sent/d1`. */
            id: string;
            /**
             * Format: int64
             * @description How late it was met, in milliseconds.
             */
            late_ms?: number | null;
            /**
             * Format: int64
             * @description What is left of a clock that is stopped, in milliseconds.
             */
            left_ms?: number | null;
            /** @description What met it. */
            met_by?: string | null;
            /** @description What else a reader must know. */
            notes: string[];
            /** @description What follows when it runs out, in the text's words; nothing where the text does not say. */
            on_expiry?: string | null;
            /** @description Under which reading. */
            reading?: string | null;
            /** @description When it started. */
            started: components["schemas"]["Span"];
            /** @description What started it. */
            started_by: string;
            /** @description `pending`, `running`, `paused`, `discharged`, `late`, `expired`, `not bound`, `void`, `cannot tell`. */
            state: string;
            /** @description Who was told. */
            told: components["schemas"]["ToldLine"][];
        };
        /** @description A promise. */
        CommitmentLine: {
            article?: string | null;
            /** @description To whom. */
            beneficiary: string;
            /** @description `legally`, `politically`, `not-said`. */
            binds: string;
            caveats: string[];
            cited: components["schemas"]["CitedLine"];
            /** @description `consultation`, `diplomatic`, `support`, `sanctions`, `military`, `monitoring`, `training`, `reconstruction`. */
            class: string;
            /** @description Who promised. */
            debtor: string;
            id: string;
            /** @description In which document. */
            instrument: string;
            /** @description Where a group promised, how it stands for each member. */
            members: components["schemas"]["MemberLine"][];
            /** @description What does not count, and why. */
            notes: string[];
            /** @description What was delivered, by rung and unit; a rung that is not here was not reported. */
            rungs: components["schemas"]["RungLine"][];
            /** @description In our words. */
            says: string;
            /** @description Whether it could be called upon. */
            stands: components["schemas"]["HoldsLine"];
            /** @description What must hold when it is called upon. */
            when: string[];
            /** @description `shall`, `may`, `will-consider`, `not-said`. */
            word: string;
        };
        /** @description A draft beside the text that governs. */
        Compared: {
            /** @description How many made-up facts were asked about. */
            asked: number;
            /** @description Definitions that differ. */
            definitions: components["schemas"]["Aspect"][];
            /** @description What the front matter says otherwise. */
            front: components["schemas"]["Aspect"][];
            /** @description How many more. */
            left_out: number;
            /** @description Powers that differ. */
            powers: components["schemas"]["Aspect"][];
            /** @description Rules that differ, were added or removed. */
            rules: components["schemas"]["ComparedRule"][];
            /** @description Verdicts that would change, on facts made from the edges of both texts. */
            shifts: components["schemas"]["ChangedVerdict"][];
            /** @description Headings and paragraphs that differ. */
            words: components["schemas"]["Aspect"][];
        };
        /** @description A rule in both texts, or in one of them. */
        ComparedRule: {
            /** @description What differs in it. */
            aspects: components["schemas"]["Aspect"][];
            /** @description Its name in the draft. */
            new?: string | null;
            /** @description Its name in the governing text. */
            old?: string | null;
        };
        /** @description A condition. */
        ConditionLine: {
            cited: components["schemas"]["CitedLine"];
            /** @description Who decides; nobody where it is not public. */
            decided_by: string[];
            /** @description Whether it holds. */
            holds: components["schemas"]["HoldsLine"];
            id: string;
            /** @description In the text's words. */
            says: string;
        };
        /** @description That something came, by which deed. */
        Confirmed: {
            at: components["schemas"]["Span"];
            by: string;
        };
        /** @description A count: least, best, most; nothing where nobody counted. */
        Count: {
            /**
             * Format: int32
             * @description The number held most likely.
             */
            best?: number | null;
            /**
             * Format: int32
             * @description The smallest number that fits.
             */
            least?: number | null;
            /**
             * Format: int32
             * @description The largest number that fits.
             */
            most?: number | null;
            /** @description As shown: `5 (3-9)`, `>=2`, `not counted`. */
            shown: string;
        };
        /** @description How many lay in a stretch. */
        Counted: {
            /** @description The stretch. */
            during: components["schemas"]["Span"];
            /**
             * Format: int32
             * @description How many facts.
             */
            facts: number;
            /**
             * Format: int64
             * @description What those that surely lie in it count for, at least.
             */
            least: number;
            /**
             * Format: int64
             * @description What all count for, at most; nothing = any number.
             */
            most?: number | null;
        };
        /** @description How many of each thing there are. */
        Counts: {
            /**
             * Format: int64
             * @description Statements by parties.
             */
            claims: number;
            /**
             * Format: int64
             * @description Looks.
             */
            efforts: number;
            /**
             * Format: int64
             * @description Incidents.
             */
            incidents: number;
            /**
             * Format: int64
             * @description Observations that are not claims.
             */
            observations: number;
            /**
             * Format: int64
             * @description Rows kept that could not be read.
             */
            unread_rows: number;
        };
        /** @description Who looked where, and where nobody did. */
        Coverage: {
            /** @description What was known at this instant. */
            as_of: string;
            /**
             * Format: int32
             * @description Below this share no clause reads `complied`, ppm.
             */
            keep_threshold_ppm?: number | null;
            /** @description One per sector. */
            sectors: components["schemas"]["Sector"][];
            span?: components["schemas"]["Span"] | null;
        };
        /** @description A document that shows a deed. */
        DocumentLine: {
            sha256?: string | null;
            title: string;
            /** @description Whether its text is kept from readers. */
            withheld: boolean;
        };
        /** @description A text to look at. */
        Draft: {
            /** @description Its maps, GeoJSON by file name; one that is missing here is taken from the agreement that governs. */
            files?: {
                [key: string]: string;
            };
            /** @description The text, Markdown with rules. */
            text: string;
        };
        /** @description One rule of a draft, read back. */
        DraftRule: {
            /** @description Anchor of its article. */
            anchor: string;
            /** @description `A1`. */
            id: string;
            /** @description What a monitor has to keep for it. */
            keeps: string;
            /** @description `never`, `by`, `response`, `text only`, … */
            kind: string;
            /**
             * Format: int32
             * @description Line of its first word, from 1.
             */
            line: number;
            /** @description The rule as one sentence, in English. */
            sentence: string;
            /** @description The same in Ukrainian. */
            sentence_uk: string;
        };
        /** @description One look. */
        Effort: {
            /** @description The area as a GeoJSON geometry. */
            geometry: Record<string, never>;
            /** @description `EFF-…`. */
            id: string;
            /** @description What limited it. */
            limits?: string | null;
            /** @description Means. */
            means: string;
            /** @description `looked`, `refused`, `jammed`, `obscured`, `unsafe`, `failed`. */
            outcome: string;
            /** @description Source id. */
            source: string;
            /** @description When. */
            span: components["schemas"]["Span"];
        };
        /** @description An ellipse about the middle that holds a share of the mass. */
        Ellipse: {
            /**
             * Format: double
             * @description Where the longer axis points: degrees clockwise from north, below 180.
             */
            bearing_deg: number;
            /**
             * Format: int32
             * @description Half of the longer axis, metres.
             */
            long_m: number;
            /**
             * Format: int32
             * @description The share, percent.
             */
            percent: number;
            /**
             * Format: int32
             * @description Half of the shorter axis, metres.
             */
            short_m: number;
        };
        /** @description A field of a form. */
        FieldLine: {
            /** @description `text`, `time`, `party`, or `amount` and its unit. */
            holds: string;
            name: string;
            /** @description Whether a notice is whole without it. */
            needed: boolean;
        };
        /** @description What a force must not exceed. */
        ForceCeilingLine: {
            /** @description All together without it. */
            domain?: string | null;
            kept: components["schemas"]["HoldsLine"];
            /** @description The rule of the agreement that sets it. */
            rule?: string | null;
            says?: string | null;
            /** @description With its unit. */
            shown: string;
        };
        /** @description A force. */
        ForceLine: {
            article?: string | null;
            /** @description Whether that holds. */
            called: components["schemas"]["HoldsLine"];
            caveats: string[];
            /** @description What it must not exceed. */
            ceilings: components["schemas"]["ForceCeilingLine"][];
            /** @description The body that holds it together with others. */
            cell?: string | null;
            cited: components["schemas"]["CitedLine"];
            /** @description The sites from which it is led. */
            headquarters: string[];
            id: string;
            /** @description In which document. */
            instrument?: string | null;
            /** @description Who leads in each domain. */
            leads: components["schemas"]["LeadLine"][];
            /** @description What is asked for against what there is; where the way breaks off first, first. */
            needs: components["schemas"]["NeedLine"][];
            /** @description The pledges to it. */
            pledges: components["schemas"]["PledgeLine"][];
            title: string;
            /** @description What must hold before it is deployed. */
            when: string[];
        };
        /** @description A form of notices. */
        FormLine: {
            fields: components["schemas"]["FieldLine"][];
            /** @description Who may send it; anyone where there is nobody. */
            from: string[];
            id: string;
            title: string;
            to: string[];
        };
        /** @description A group of parties that promises as one. */
        GroupLine: {
            cited: components["schemas"]["CitedLine"];
            /** @description Its members, as far as they are known. */
            members: string[];
            /** @description The party that it is. */
            of: string;
            /** @description Whom its promises bind: `each`, `together`, `not-said`. */
            promises: string;
        };
        /** @description What guarantors promised, and how it stands. */
        Guarantees: {
            /** @description As of when. */
            as_of: string;
            /** @description Clocks that something started. */
            clocks: components["schemas"]["ClockLine"][];
            /** @description Promises. */
            commitments: components["schemas"]["CommitmentLine"][];
            /** @description What promises wait for. */
            conditions: components["schemas"]["ConditionLine"][];
            /** @description Groups of parties that promise as one. */
            groups: components["schemas"]["GroupLine"][];
            /** @description Clocks that nothing has started. */
            idle: components["schemas"]["IdleLine"][];
            /** @description Documents. */
            instruments: components["schemas"]["InstrumentLine"][];
            /** @description Promises that follow one another. */
            ladders: components["schemas"]["LadderLine"][];
            /** @description How much has no room here: ask for what concerns one party, document or promise. */
            left_out: components["schemas"]["LeftOut"];
            /** @description Parties and bodies, in the page's order. */
            parties: components["schemas"]["Named"][];
            /** @description What the readings hold. */
            readings: components["schemas"]["Named"][];
            /** @description Where things were read. */
            sources: components["schemas"]["SourceLine"][];
            /** @description Up to which day its sources were read. */
            sources_until: string;
            /** @description The time zone of its civil times. */
            time_zone: string;
            /** @description The package's title. */
            title: string;
            /** @description Its version. */
            version: string;
            /** @description How many pages and deeds this reader may not read. */
            withheld: number;
        };
        /** @description How what is said of one rule went through the mission's time. */
        History: {
            /** @description `then` or `now`. */
            account: string;
            /** @description Where it begins. */
            from: string;
            /**
             * @description At how many something came in or an edge of time was passed; where that is more than `judged`, a state that came
             *     and went between two instants judged is not in here.
             */
            happenings: number;
            /** @description At how many instants the rule was judged. */
            judged: number;
            /** @description What the margin of the text showed. */
            margin: components["schemas"]["Step"][];
            /** @description The rule. */
            rule: string;
            /** @description One for each reading, bearer and footing. */
            strips: components["schemas"]["Strip"][];
            /** @description Where it ends: all that is known is known as of then. */
            until: string;
        };
        /** @description One line of history. */
        HistoryLine: {
            /** @description When it was received. */
            at: string;
            /**
             * Format: int64
             * @description Log index.
             */
            entry: number;
            /** @description What was done. */
            what: string;
        };
        /** @description One of three answers with its reasons. */
        HoldsLine: {
            /** @description `yes`, `no`, `cannot tell`. */
            answer: string;
            /** @description Why, if it is not yes. */
            because: string[];
        };
        /** @description The chance of one hour. */
        HourSeen: {
            /** @description Its middle. */
            at: string;
            /**
             * Format: int32
             * @description The chance, ppm.
             */
            seen_ppm: number;
        };
        /** @description A clock that nothing has started. */
        IdleLine: {
            /** @description What would start it. */
            awaits: string;
            clock: string;
            reading?: string | null;
        };
        /** @description An incident as listed. */
        Incident: {
            /** @description Kind, as a word: `shelling`. */
            act: string;
            /** @description Party that a signed attribution names, or `undetermined`; nothing before there is one. */
            attributed_to?: string | null;
            /** @description By whom, as its observations say; `None` = cannot tell. */
            by?: string | null;
            /** @description How sure the machine is that it happened. */
            chance: components["schemas"]["Chance"];
            /** @description Rules of the agreement that it falls under or may fall under. */
            clauses: components["schemas"]["Bearing"][];
            /** @description How many. */
            count: components["schemas"]["Count"];
            /** @description Whether it is simulated: the data class of the row. */
            data_class: string;
            /** @description When. */
            happened: components["schemas"]["Span"];
            /** @description `INC-7K2Q-H4M9-TXW3`. */
            id: string;
            /** @description What was hit, in the agreement's words. */
            object?: string | null;
            /**
             * Format: int32
             * @description How many observations.
             */
            observations: number;
            /** @description Where. */
            place: components["schemas"]["Place"];
            /** @description Ids of its sources. */
            sources: string[];
            /** @description `proposed`, `established`, `not established`, `unable to verify`. */
            state: string;
            /**
             * Format: int32
             * @description How many voices among them.
             */
            voices: number;
        };
        /** @description One incident, opened. */
        IncidentDetail: {
            /** @description Looks that covered its place and time and saw nothing, and why others could not look. */
            against: components["schemas"]["Effort"][];
            alternative?: components["schemas"]["Alternative"] | null;
            /** @description What its observations say. */
            evidence: components["schemas"]["Observation"][];
            /** @description Acts of people on it, oldest first. */
            history: components["schemas"]["HistoryLine"][];
            /** @description The incident as listed. */
            incident: components["schemas"]["Incident"];
            /** @description How each observation after the most precise belongs to it. */
            joins: components["schemas"]["Join"][];
            meeting?: components["schemas"]["Meeting"] | null;
            /** @description `proposed` by the machine, `ordered` in part by people, or `dismissed` by them. */
            ordered: string;
            /**
             * Format: int32
             * @description How many other incidents its reports may belong to, at one in ten or more.
             */
            rivals: number;
            /**
             * Format: int32
             * @description How many voices looked there and then, were able to see it, and saw nothing.
             */
            silent: number;
            /** @description With which voice each observation speaks; what one voice says counts once. */
            spoken: components["schemas"]["Spoken"][];
        };
        /** @description A list of incidents under one filter. `total` = `placed` + `in_regions` + `unplaced`, always. */
        Incidents: {
            /** @description What was known at this instant. */
            as_of: string;
            /**
             * Format: int64
             * @description How many the filter hides.
             */
            hidden: number;
            /**
             * Format: int64
             * @description Of these, known to a region only.
             */
            in_regions: number;
            /** @description The incidents, newest first. */
            incidents: components["schemas"]["Incident"][];
            /**
             * Format: int64
             * @description Of these, drawn as discs.
             */
            placed: number;
            /** @description Counts per column of the timeline. */
            timeline: components["schemas"]["TimelineColumn"][];
            /**
             * Format: int64
             * @description How many the filter lets through.
             */
            total: number;
            /**
             * Format: int64
             * @description Of these, not on the map.
             */
            unplaced: number;
        };
        /** @description One instance, and its certificate. */
        Instance: {
            absence?: components["schemas"]["Absence"] | null;
            /** @description Who is bound; nothing = whoever it was. */
            bearer?: string | null;
            breach?: components["schemas"]["Odds"] | null;
            checked?: components["schemas"]["CertificateCheck"] | null;
            counted?: components["schemas"]["Counted"] | null;
            /** @description When it was decided. */
            decided: components["schemas"]["Span"];
            /** @description The exceptions that were tried, with what came of each. */
            exceptions: components["schemas"]["Tried"][];
            /** @description `proposed`, `established`, `ruled`. */
            footing: string;
            /** @description Its key, the same from one moment to the next. */
            key: string;
            /** @description By how much. */
            margin?: string | null;
            /** @description Reading. */
            reading?: string | null;
            /** @description What is not known. */
            reasons: string[];
            /** @description The sector, where the rule keeps sectors apart. */
            sector?: string | null;
            /** @description `open`, `provisional`, `final`, `amended`. */
            standing: string;
            /** @description `met`, `violated`, `unknown`, `void`, `excused`. */
            value: string;
            /** @description The facts that make it so. */
            witnesses: components["schemas"]["Witness"][];
        };
        /** @description The instances of one rule. */
        Instances: {
            /** @description How likely each of the rule's verdicts as proposed is a breach. */
            chances: components["schemas"]["VerdictChance"][];
            /** @description Whether the checker was asked about each; beyond 1,000 facts `backstop log check` asks it. */
            checked: boolean;
            /** @description Broken, unknown, excused, met, each in order of time. */
            instances: components["schemas"]["Instance"][];
            /** @description How many more there are. */
            left_out: number;
            /** @description The rule. */
            rule: string;
        };
        /** @description A document. */
        InstrumentLine: {
            cited: components["schemas"]["CitedLine"];
            /** @description From when it binds: `declaration`, `signature`, `ratification`, `never`, `not said`. */
            effect: string;
            id: string;
            /** @description `declaration`, `bilateral`, `draft` … */
            kind: string;
            /** @description How long, in the text's words. */
            lasts?: string | null;
            /** @description Where each party and body stands. */
            parties: components["schemas"]["PartyLine"][];
            /** @description The bodies that ratify it. */
            ratified_by: string[];
            /** @description Versions that it takes the place of. */
            replaces: string[];
            /** @description SHA-256 of the text, where one is held. */
            sha256?: string | null;
            /** @description `public`, `withheld`, `not held`. */
            text: string;
            title: string;
        };
        /** @description How an observation belongs to an incident. */
        Join: {
            /** @description How likely it tells of the same happening as the others. */
            chance: components["schemas"]["Chance"];
            /**
             * Format: int32
             * @description Metres between the middles of its place and of the most precise one.
             */
            distance_m: number;
            /**
             * Format: int64
             * @description Minutes between its span and that of the most precise one; zero where they meet.
             */
            gap_minutes: number;
            /** @description The observation. */
            observation: string;
            /** @description What speaks for and against its telling of what the most precise one tells of; empty where the two cannot be compared. */
            terms: components["schemas"]["Term"][];
        };
        /** @description Up to when a source is known. */
        KnownUntil: {
            /** @description The source; `record` for everything. */
            source: string;
            /** @description RFC 3339 UTC. */
            until: string;
        };
        /** @description Promises that follow one another. */
        LadderLine: {
            cited: components["schemas"]["CitedLine"];
            id: string;
            /** @description The lowest first. */
            rungs: string[];
            title: string;
            version: string;
        };
        /** @description Who leads in a domain. */
        LeadLine: {
            /** @description `land`, `air`, `sea`, `regeneration`, `logistics`, `monitoring`, `demining`. */
            domain: string;
            /** @description At what level of command. */
            level?: string | null;
            /** @description Nobody where it is not public. */
            nation?: string | null;
        };
        /** @description A clause about such acts that leaves a fact out. */
        LeavesOut: {
            /** @description Why. */
            because: string;
            /** @description The clause. */
            rule: string;
        };
        /** @description How much an answer leaves out. */
        LeftOut: {
            clocks: number;
            /** @description Clocks that nothing has started. */
            idle: number;
            promises: number;
        };
        /** @description So much is there. */
        LevelLine: {
            deed: string;
            doubt?: string | null;
            /** @description From when it counts: of a declaration, when it was received. */
            from: components["schemas"]["Span"];
            shown: string;
        };
        /** @description Where the log stands. */
        LogPosition: {
            /** @description The log's origin line. */
            origin: string;
            /** @description Root hash, base64. */
            root: string;
            /**
             * Format: int64
             * @description Number of entries.
             */
            size: number;
        };
        /** @description A source that could not see. */
        LostLook: {
            /**
             * Format: int32
             * @description What would be added to the chance, had it looked, ppm.
             */
            cost_ppm: number;
            /** @description Which. */
            source: string;
            /** @description Its title. */
            title: string;
            /** @description What kept it. */
            why: string;
        };
        /** @description Coverage by one means. */
        MeansShare: {
            /** @description Means. */
            means: string;
            /**
             * Format: int32
             * @description Share, ppm.
             */
            watched_ppm: number;
        };
        /** @description Where the places that independent voices state lie over one another: each place as a bell, all multiplied. */
        Meeting: {
            /** @description `meets`, or `apart` where two places lie so far outside one another that one happening is told so once in a thousand times. */
            answer: string;
            /** @description The two observations that are apart. */
            apart: string[];
            /** @description The ellipses that hold half of the mass, and nine tenths of it; none where two are apart. */
            ellipses: components["schemas"]["Ellipse"][];
            /**
             * Format: double
             * @description Latitude of the middle, degrees; absent where two are apart.
             */
            lat?: number | null;
            /**
             * Format: double
             * @description Longitude of the middle, degrees; absent where two are apart.
             */
            lon?: number | null;
            /**
             * Format: int32
             * @description How many voices gave a place; absent where two are apart.
             */
            voices?: number | null;
        };
        /** @description How a promise of a group stands for a member. */
        MemberLine: {
            /** @description Whether it could be called upon from this member. */
            stands: components["schemas"]["HoldsLine"];
            who: string;
        };
        /** @description One true incident that was missed. */
        Miss: {
            /** @description Kind. */
            act: string;
            /** @description When, RFC 3339 UTC. */
            at: string;
            /** @description Sector. */
            sector: string;
            /** @description Why it was missed. */
            why: string;
        };
        /** @description One more post. */
        MorePost: {
            /**
             * Format: int32
             * @description What it would add to the chance, ppm.
             */
            gain_ppm: number;
            /**
             * Format: int32
             * @description Where, microdegrees.
             */
            lat_e6: number;
            /**
             * Format: int32
             * @description Where, microdegrees.
             */
            lon_e6: number;
            /** @description By what means. */
            means: string;
            /**
             * Format: int32
             * @description How far it sees, metres.
             */
            reach_m: number;
        };
        /** @description A name with what it stands for. */
        Named: {
            /** @description Its short name. */
            id: string;
            /** @description The name to show, or what it holds. */
            says: string;
        };
        /** @description The nearest that did not do. */
        Nearest: {
            /** @description Its id. */
            fact: string;
            /**
             * Format: int64
             * @description How far outside.
             */
            outside_ms: number;
        };
        /** @description What is asked for in one domain and one unit. */
        NeedLine: {
            by?: components["schemas"]["Span"] | null;
            domain: string;
            /** @description How much is asked for; nothing where it is not public. */
            required?: string | null;
            /** @description In words. */
            says?: string | null;
            /** @description How far it has come. */
            steps: components["schemas"]["StepLine"][];
            /** @description Nothing where neither what is asked for nor what is pledged has one. */
            unit?: string | null;
        };
        /** @description A typed notice. */
        NoticeLine: {
            /** @description How much it says. */
            amount?: string | null;
            by?: string | null;
            closed?: components["schemas"]["Span"] | null;
            contradicted?: string | null;
            document?: string | null;
            id: string;
            received?: components["schemas"]["Span"] | null;
            /** @description By which deed that is confirmed. */
            received_by?: string | null;
            sent: components["schemas"]["Span"];
            /** @description `sent`, `received`, `acknowledged by both`. */
            state: string;
            to: string[];
            /** @description `declaration`, `inspection`. */
            what: string;
        };
        /** @description Typed notices, the newest first. */
        Notices: {
            /** @description As of when. */
            as_of: string;
            /** @description The forms that pages have for notices. */
            forms: components["schemas"]["FormLine"][];
            notices: components["schemas"]["TypedNotice"][];
            /** @description How many pages, deeds and notices this reader may not read. */
            withheld: number;
        };
        /** @description One observation. */
        Observation: {
            /** @description Kind. */
            act: string;
            /** @description By whom, as the source says. */
            by?: string | null;
            /** @description How many. */
            count: components["schemas"]["Count"];
            /**
             * Format: int64
             * @description Log index of its entry.
             */
            entry: number;
            /** @description Admiralty grade. */
            grade: string;
            /** @description The grade's long form. */
            grade_long: string;
            /** @description When. */
            happened: components["schemas"]["Span"];
            /** @description `OBS-…`. */
            id: string;
            /** @description Licence of the row. */
            licence: string;
            /** @description `sight`, `sound`, `camera`, `uav`, `satellite`, `press`, `statement`. */
            means: string;
            /** @description What was hit. */
            object?: string | null;
            /** @description Where. */
            place: components["schemas"]["Place"];
            /** @description When it was received. */
            received_at: string;
            /** @description Where it can be read. */
            references: string[];
            /** @description Source id. */
            source: string;
            /** @description Title of the source. */
            source_title: string;
            /** @description The source's words, where they may be shown. */
            text?: string | null;
            /** @description Where that figure comes from. */
            worth_basis: string;
            /**
             * Format: int32
             * @description How likely a report of this kind from this source is right, ppm.
             */
            worth_ppm?: number | null;
        };
        /** @description How likely a breach is, in millionths, without a claim that facts are independent. */
        Odds: {
            /**
             * Format: int32
             * @description So much, if nothing depends on anything.
             */
            independent_ppm: number;
            /**
             * Format: int32
             * @description No less than this, whatever depends on what.
             */
            least_ppm: number;
            /**
             * Format: int32
             * @description No more than this, whatever depends on what.
             */
            most_ppm: number;
        };
        /** @description For whom this server answers, and what a party needs to prove itself. */
        Onlooking: {
            /** @description The store's public key, which a token is made for; nothing where the store cannot be read. */
            key?: string | null;
            /** @description The log's name, which a token is for. */
            origin: string;
            /** @description `mission`, `public`, or the name of the party that proved itself. */
            sees: string;
        };
        /** @description What came of it under one text: a run, or what is wrong. */
        Outcome: {
            fault?: components["schemas"]["Wrong"] | null;
            run?: components["schemas"]["Run"] | null;
        };
        /** @description Where a party or body stands on a document. */
        PartyLine: {
            at?: components["schemas"]["Span"] | null;
            binds?: components["schemas"]["HoldsLine"] | null;
            /** @description What another notice of the same time says. */
            contradicted?: string | null;
            document?: components["schemas"]["DocumentLine"] | null;
            /** @description In words. */
            note: string;
            /** @description `drafted`, `agreed`, `declared`, `signed`, `ratified`, `in-force` …; nothing where none is known. */
            state?: string | null;
            /** @description Who. */
            who: string;
        };
        /** @description A place with its uncertainty. */
        Place: {
            /**
             * Format: double
             * @description Latitude of that middle, degrees.
             */
            lat?: number | null;
            /**
             * Format: double
             * @description Longitude of the middle of the disc, or of the disc that holds the wedge, degrees.
             */
            lon?: number | null;
            /** @description The name the source gave. */
            name?: string | null;
            /** @description `exact`, `vicinity`, `settlement`, `locality`, `region`, `unknown`. */
            precision: string;
            /**
             * Format: int32
             * @description Radius of that disc, metres.
             */
            radius_m?: number | null;
            /** @description Id of the region in the basemap's `regions` layer. */
            region?: string | null;
            /** @description `disc`, `wedge`, `region` or `unplaced`. */
            shape: string;
            wedge?: components["schemas"]["Wedge"] | null;
        };
        /** @description A pledge to a force. */
        PledgeLine: {
            caveats: string[];
            commitment: string;
            debtor: string;
            domain: string;
            /** @description What does not count, and why. */
            notes: string[];
            notices: components["schemas"]["NoticeLine"][];
            /** @description Whether it was. */
            ready: components["schemas"]["HoldsLine"];
            ready_by?: components["schemas"]["Span"] | null;
            /** @description What is reported, by unit and step. */
            reported: components["schemas"]["ReportedLine"][];
            says: string;
            /** @description Whether it can be called upon. */
            stands: components["schemas"]["HoldsLine"];
        };
        /** @description An error: what failed and what to do about it. */
        Problem: {
            /** @description In plain words, with what to do. */
            message: string;
            /** @description Always `backstop.problem/1`. */
            schema: string;
        };
        /** @description One remark on the text. */
        Remark: {
            /** @description `B013`. */
            code: string;
            /**
             * Format: int32
             * @description Column, from 1.
             */
            column: number;
            /** @description What to do. */
            fix?: string | null;
            /** @description What to do, in Ukrainian. */
            fix_uk?: string | null;
            /**
             * Format: int32
             * @description Line, from 1.
             */
            line: number;
            /** @description What is wrong, in English. */
            message: string;
            /** @description What is wrong, in Ukrainian. */
            message_uk: string;
            /** @description What is to be said beside it: a witness, or what would make it watchable. */
            notes: string[];
            /** @description The same notes in Ukrainian. */
            notes_uk: string[];
            /** @description `error`, `warning`, `note`. */
            severity: string;
        };
        /** @description The replay of a scenario. */
        Replay: {
            /** @description Where it ends. */
            ends: string;
            /** @description Whether the end has been reached. */
            finished: boolean;
            /** @description Instant of the scenario that has been reached. */
            now: string;
            /**
             * Format: int32
             * @description Simulated seconds per second.
             */
            speed: number;
        };
        /** @description So much on one step, in one unit. */
        ReportedLine: {
            deeds: string[];
            /** @description With its unit. */
            shown: string;
            step: string;
        };
        /** @description One rule and how it stands. */
        Rule: {
            /** @description Anchor of its article. */
            anchor: string;
            /** @description `A1`. */
            id: string;
            /** @description `never`, `by`, `between`, `response`, `text only`. */
            kind: string;
            /** @description The rule read back as one sentence, in English. */
            sentence: string;
            /** @description The same in Ukrainian. */
            sentence_uk: string;
            /** @description The worst of its verdicts as shown in the margin. */
            standing_value: string;
            /** @description All verdicts: per reading, bearer and footing. */
            verdicts: components["schemas"]["Verdict"][];
        };
        /** @description An agreement run over a scenario. */
        Run: {
            /** @description The agreement's short name. */
            agreement: string;
            /**
             * Format: int32
             * @description Judged once in so many days, where too much happens for every moment.
             */
            days_apart?: number | null;
            /** @description SHA-256 of the text and its maps, hex. */
            sha256: string;
            /** @description Where the text fell silent. */
            silences: components["schemas"]["Unsaid"][];
            /** @description What changed, in order of time. */
            steps: components["schemas"]["RunStep"][];
            /** @description The last moment. */
            until: string;
            /** @description What is to be said then. */
            verdicts: components["schemas"]["RunVerdict"][];
            /** @description Its version. */
            version: string;
        };
        /** @description A verdict that changed, for all of whom it did. */
        RunChange: {
            /** @description Of whom; nothing = whoever it was. */
            bearers: (string | null)[];
            /** @description Why. */
            because: string;
            /** @description `proposed`, `established`, `ruled`. */
            footing: string;
            /** @description What it reads. */
            is: string;
            /** @description Reading. */
            reading?: string | null;
            /** @description The rule. */
            rule: string;
            /** @description What it read. */
            was: string;
        };
        /** @description One clock that turned. */
        RunClock: {
            /** @description The arithmetic in one line. */
            arithmetic: string;
            /** @description Who owes it. */
            bearer?: string | null;
            /** @description The fact that stopped it. */
            by?: string | null;
            /** @description When it is due. */
            due: string;
            /** @description Reading. */
            reading?: string | null;
            /** @description The rule. */
            rule: string;
            /** @description `running`, `discharged`, `late`, `cannot tell`. */
            state: string;
        };
        /** @description One fact, and which clauses speak of it. */
        RunFact: {
            /** @description What it is of. */
            act: string;
            /** @description By whom, as it says. */
            by?: string | null;
            /** @description `proposed`, `established`, `ruled`, `alleged`. */
            footing: string;
            /** @description Its id. */
            id: string;
            /** @description What the clauses say of it; none if no clause speaks of it. */
            voices: components["schemas"]["RunVoice"][];
        };
        /** @description One moment at which something changed. */
        RunStep: {
            /** @description Verdicts that changed. */
            changes: components["schemas"]["RunChange"][];
            /** @description Clocks that started or ended. */
            clocks: components["schemas"]["RunClock"][];
            /** @description What has become known. */
            facts: components["schemas"]["RunFact"][];
            /** @description When. */
            moment: components["schemas"]["CivilMoment"];
        };
        /** @description What is to be said at the end. */
        RunVerdict: {
            /** @description Of whom; nothing = whoever it was. */
            bearer?: string | null;
            /** @description Why. */
            because: string;
            /** @description `proposed`, `established`, `ruled`. */
            footing: string;
            /** @description Reading. */
            reading?: string | null;
            /** @description The rule. */
            rule: string;
            /** @description `open`, `provisional`, `final`. */
            standing: string;
            /** @description `complied`, `breached`, … */
            value: string;
        };
        /** @description What one clause says of a fact. */
        RunVoice: {
            /** @description Why it does not surely fall under it. */
            because: string[];
            /** @description The readings under which it says so; none for the text as written. */
            readings: string[];
            /** @description The clause. */
            rule: string;
            /** @description `falls`, `outside`, `undetermined`. */
            says: string;
        };
        /** @description What is reported on one rung in one unit. */
        RungLine: {
            /** @description The deeds that say so. */
            deeds: string[];
            /** @description The last of them. */
            latest: components["schemas"]["Span"];
            /** @description `announced`, `legal`, `allocated`, `sent`, `received`. */
            rung: string;
            /** @description Both, to be shown. */
            shown: string;
            /**
             * Format: int64
             * @description Thousandths of the unit.
             */
            thousandths: number;
            /** @description The unit. */
            unit: string;
        };
        /** @description What a field of a notice says. */
        Said: {
            name: string;
            text: string;
        };
        /** @description One figure of the scorecard. */
        ScoreFigure: {
            /**
             * Format: int64
             * @description The count.
             */
            count: number;
            /** @description What it counts. */
            label: string;
            /** @description What it means. */
            means: string;
            /**
             * Format: int64
             * @description Out of how many.
             */
            of?: number | null;
        };
        /** @description One row of the scorecard. */
        ScoreRow: {
            /**
             * Format: int64
             * @description Of these, found.
             */
            found: number;
            /** @description `kind` or `sector`. */
            group: string;
            /**
             * Format: int64
             * @description True incidents.
             */
            happened: number;
            /** @description Which. */
            name: string;
            /**
             * Format: int64
             * @description Of those missed, how many nobody could have seen.
             */
            unseeable: number;
        };
        /** @description What a demo's machine proposed, against what "happened". */
        Scorecard: {
            /** @description Figures, in order. */
            figures: components["schemas"]["ScoreFigure"][];
            /** @description True incidents that were missed. */
            misses: components["schemas"]["Miss"][];
            /** @description Sentences that say what was scored and how. */
            notes: string[];
            /** @description Per kind and per sector. */
            table: components["schemas"]["ScoreRow"][];
        };
        /** @description Coverage of one sector. */
        Sector: {
            /** @description Spans in which nobody looked, and why. */
            blind: components["schemas"]["Blind"][];
            /** @description The share watched by each means that looked. */
            by_means: components["schemas"]["MeansShare"][];
            /** @description Its outline as a GeoJSON geometry. */
            geometry: Record<string, never>;
            /** @description Zone or region id. */
            id: string;
            /**
             * Format: int64
             * @description Incidents in it.
             */
            incidents: number;
            /** @description Its name. */
            name: string;
            /**
             * Format: int32
             * @description Of happenings such as this mission was told of, the share that would have been seen, ppm; nothing where it adopted no detection.
             */
            seen_ppm?: number | null;
            /**
             * Format: int32
             * @description Share of area and time watched, ppm.
             */
            watched_ppm: number;
        };
        /** @description A scenario run over two texts. */
        Simulated: {
            /** @description Under the draft. */
            draft: components["schemas"]["Outcome"];
            governing?: components["schemas"]["Outcome"] | null;
        };
        /** @description A site. */
        SiteLine: {
            /** @description Who may enter; nothing where it is not public. */
            access?: components["schemas"]["AccessLine"][] | null;
            article?: string | null;
            cited: components["schemas"]["CitedLine"];
            /** @description Where it is, as roughly as may be said to anyone. */
            coarse?: string | null;
            /** @description Where it is exactly, for those who may know it. */
            exact?: string | null;
            host: string;
            id: string;
            instrument?: string | null;
            /** @description `hub`, `facility`, `headquarters`. */
            kind: string;
            /** @description What does not count, and why. */
            notes: string[];
            notices: components["schemas"]["NoticeLine"][];
            /** @description The commitments to set it up. */
            promised: string[];
            /** @description The rules of the agreement that protect it. */
            protected_by: string[];
            purpose?: string | null;
            responsible: string[];
            stock: components["schemas"]["StockLine"][];
            title: string;
            visited?: components["schemas"]["VisitLine"] | null;
        };
        /** @description A source and what may be done with it. */
        Source: {
            /** @description Attribution. */
            attribution: string;
            /**
             * Format: int64
             * @description Looks of it.
             */
            efforts: number;
            /** @description Id. */
            id: string;
            /** @description `monitor`, `sensor`, `satellite`, `press`, `party`, `dataset`. */
            kind: string;
            /** @description When its newest entry was received. */
            last_received_at?: string | null;
            /** @description Licence. */
            licence: string;
            /**
             * Format: int64
             * @description Observations of it.
             */
            observations: number;
            /** @description `rows`, `aggregates`, `nothing`. */
            release: string;
            /** @description Full name. */
            title: string;
            /** @description Independence group. */
            voice: string;
        };
        /** @description Where something was read. */
        SourceLine: {
            /** @description `official`, `press`, `unconfirmed`. */
            credit: string;
            /** @description The day it is of. */
            date: string;
            /** @description Its short name. */
            id: string;
            /** @description Where. */
            place: string;
        };
        /** @description A span of time, both ends included. */
        Span: {
            /** @description RFC 3339, UTC. */
            earliest: string;
            /** @description RFC 3339, UTC. */
            latest: string;
            /** @description `minute`, `hour`, `part of a day`, `day`, `several days`. */
            precision: string;
        };
        /** @description With which voice an observation speaks. */
        Spoken: {
            /** @description The observation. */
            observation: string;
            /** @description Another observation of the same voice; nothing for the first. */
            one_with?: string | null;
            /**
             * Format: int32
             * @description The voice, from 1.
             */
            voice: number;
            /** @description Why the two are one voice: `same group`, `cites the same address`, `same words`, `repeats place and time`. */
            why?: string | null;
        };
        /** @description The mission as of an instant: the top line of every page. */
        Status: {
            /** @description Title of the agreement in force, if one is adopted. */
            agreement?: string | null;
            /** @description What is shown is what was known at this instant. */
            as_of: string;
            /** @description How many of each thing the view holds. */
            counts: components["schemas"]["Counts"];
            covers?: components["schemas"]["Span"] | null;
            /** @description `simulated`, `exercise` or `operational`, for the life of the store. */
            data_class: string;
            /** @description When the newest entry was received. */
            last_entry_at?: string | null;
            /** @description The log. */
            log: components["schemas"]["LogPosition"];
            /** @description The mission's name. */
            mission: string;
            /** @description Sentences every page must show, such as that there are no witnesses. */
            notices: string[];
            replay?: components["schemas"]["Replay"] | null;
            /** @description IANA time zone of the mission. */
            time_zone: string;
        };
        /** @description From when on a verdict read so. */
        Step: {
            /** @description The last instant judged at which it read otherwise. */
            after: string;
            /** @description What changed it, the weightiest first; at most four. */
            because: components["schemas"]["Because"][];
            /** @description The first instant judged at which it read so. */
            from: string;
            /** @description `open`, `provisional`, `final`, `amended`; nothing for the margin. */
            standing?: string | null;
            /** @description The verdict's own sentence. */
            summary: string;
            /** @description `complied`, `breached`, …; nothing where the text that governed had no such rule. */
            value?: string | null;
            /** @description What it read when it became final, where it was amended. */
            was?: string | null;
            /**
             * Format: int32
             * @description Share watched, ppm.
             */
            watched_ppm?: number | null;
        };
        /** @description What is reported on one step. */
        StepLine: {
            /** @description Whether it is as much as is asked for. */
            met: components["schemas"]["HoldsLine"];
            /** @description What is missing, by what is surely reported. */
            missing?: string | null;
            /** @description How much; nothing where nobody reports anything, which is no zero. */
            shown?: string | null;
            /** @description `pledged`, `authorised`, `arrived`, `declared`, `verified`. */
            step: string;
        };
        /** @description What is declared and what was found, in one unit. */
        StockLine: {
            /** @description Whether an inspection found what is declared. */
            agrees: components["schemas"]["HoldsLine"];
            /** @description How much may be there at most. */
            ceiling?: string | null;
            declared?: components["schemas"]["LevelLine"] | null;
            found?: components["schemas"]["LevelLine"] | null;
            kept?: components["schemas"]["HoldsLine"] | null;
            unit: string;
        };
        /** @description Forces and sites, and how they stand. */
        Strength: {
            /** @description As of when. */
            as_of: string;
            /** @description Forces. */
            forces: components["schemas"]["ForceLine"][];
            /** @description Parties and bodies, in the page's order. */
            parties: components["schemas"]["Named"][];
            /** @description Hubs, protected facilities, headquarters. */
            sites: components["schemas"]["SiteLine"][];
            /** @description Where things were read. */
            sources: components["schemas"]["SourceLine"][];
            /** @description The package's title. */
            title: string;
            /** @description How many pages and deeds this reader may not read. */
            withheld: number;
        };
        /** @description How one verdict of the rule went. */
        Strip: {
            /** @description Who is bound; nothing = the parties together. */
            bearer?: string | null;
            /** @description `proposed`, `established`, `ruled`. */
            footing: string;
            /** @description Reading. */
            reading?: string | null;
            /** @description In order of time; each holds until the next begins. */
            steps: components["schemas"]["Step"][];
        };
        /** @description The survey of one sector. */
        SurveyedSector: {
            /** @description The map; nothing for the public. */
            cells: components["schemas"]["Cell"][];
            /** @description The chance of each hour. */
            hours: components["schemas"]["HourSeen"][];
            /** @description Zone or region id. */
            id: string;
            /** @description What each loss cost, the dearest first. */
            lost: components["schemas"]["LostLook"][];
            /** @description How many losses were not priced. */
            lost_left_out: number;
            /** @description Its name. */
            name: string;
            /**
             * Format: int32
             * @description What darkness cost, ppm.
             */
            night_ppm: number;
            /** @description Where one more post would help most, for each means. */
            posts: components["schemas"]["MorePost"][];
            /**
             * Format: int32
             * @description The chance that the act would have been seen, ppm.
             */
            seen_ppm: number;
            /**
             * Format: int32
             * @description The share of such happenings that is loud enough to be seen nine times in ten, ppm.
             */
            surely_ppm: number;
        };
        /** @description Where one act would have been seen. */
        Surveys: {
            /** @description Of which act; the one told of most often where none is asked for. */
            act?: string | null;
            /** @description The acts that can be asked for, with how many incidents are of each. */
            acts: components["schemas"]["ActTold"][];
            /** @description What was known at this instant. */
            as_of: string;
            /** @description From what that was fitted or assumed, and the entry that says so. */
            basis?: string | null;
            /** @description The hash of what is believed of how well each means sees; nothing where the mission adopted nothing. */
            detection?: string | null;
            /**
             * Format: int64
             * @description The entry that adopted it.
             */
            entry?: number | null;
            /**
             * Format: int32
             * @description Below this chance no clause reads `complied`, ppm.
             */
            keep_threshold_ppm?: number | null;
            /** @description One per sector; none where nothing was adopted or told of. */
            sectors: components["schemas"]["SurveyedSector"][];
            span?: components["schemas"]["Span"] | null;
        };
        /** @description How many clauses stand at one value. */
        TallyLine: {
            /**
             * Format: int32
             * @description How many rules.
             */
            rules: number;
            /** @description `complied`, `breached`, … */
            value: string;
        };
        /** @description One term of a score that holds a report against another. */
        Term: {
            /**
             * Format: int32
             * @description 1/1024 nat; above zero it speaks for one happening.
             */
            score_1024: number;
            /** @description `source`, `place`, `time`, `kind`, `count`, `said` (what was hit and by whom) or `otherwise` (how rare such a report is). */
            term: string;
        };
        /** @description One column of the timeline. */
        TimelineColumn: {
            /** @description Start, RFC 3339 UTC. */
            from: string;
            /**
             * Format: int64
             * @description Incidents whose earliest instant falls here.
             */
            incidents: number;
            /** @description End, excluded. */
            to: string;
            /**
             * Format: int32
             * @description How much of the area was watched, ppm; nothing where no area is declared.
             */
            watched_ppm?: number | null;
        };
        /** @description Who was told of what started a clock. */
        ToldLine: {
            /** @description By which deed they confirmed it. */
            acknowledged?: string | null;
            acknowledged_at?: components["schemas"]["Span"] | null;
            at: components["schemas"]["Span"];
            /** @description By which deed. */
            by: string;
            who: string;
        };
        /** @description A published total. */
        Total: {
            /** @description `equal`, `short`, `over`, `cannot tell`. */
            answer: string;
            /** @description As of when, in the claimant's words. */
            as_of: string;
            /** @description Who published it. */
            claimant: string;
            /** @description The published parts. */
            parts: string;
            /** @description Where it was published. */
            reference: string;
            /**
             * Format: int64
             * @description Their sum.
             */
            sum?: number | null;
            /** @description The total as published. */
            total: string;
            /** @description Which truce. */
            truce: string;
            /** @description In one sentence. */
            why: string;
        };
        /** @description A text, and what happens under it. */
        Trial: components["schemas"]["Draft"] & {
            /** @description The page, with the tables and `At:` lines of a case. */
            scenario: string;
        };
        /** @description One exception. */
        Tried: {
            /** @description Its label. */
            label: string;
            /** @description What came of it. */
            outcome: string;
        };
        /** @description A notice in a form. */
        TypedNotice: {
            acknowledged?: components["schemas"]["Confirmed"] | null;
            by: string;
            /** @description What contradicts it. */
            contradicted?: string | null;
            /** @description By which deed or notice it is corrected. */
            corrected_by?: string | null;
            /**
             * Format: int64
             * @description The index of its entry.
             */
            entry: number;
            /** @description What the form that stands now would not take of it. */
            fault?: string | null;
            form: string;
            id: string;
            note: string;
            received?: components["schemas"]["Confirmed"] | null;
            /** @description Field by field, in the order of the form. */
            says: components["schemas"]["Said"][];
            sent: components["schemas"]["Span"];
            /** @description `sent`, `received`, `acknowledged by both`, `corrected`. */
            state: string;
            /** @description What the form is called. */
            title: string;
            to: string[];
        };
        /** @description Where the text has nothing to say. */
        Unsaid: {
            /** @description Why it is text only. */
            because?: string | null;
            /** @description The fact. */
            id?: string | null;
            /** @description `fact`: no clause speaks of it; `untouched`: nothing touched the clause; `text-only`: nothing observable decides it. */
            kind: string;
            /** @description The clauses about such acts, and why each leaves the fact out. */
            nearest?: components["schemas"]["LeavesOut"][];
            /** @description The clause. */
            rule?: string | null;
        };
        /** @description One verdict. */
        Verdict: {
            /** @description Who is bound; nothing = the parties together. */
            bearer?: string | null;
            /** @description In one sentence. */
            because: string;
            /** @description `as proposed`, `as established`, `as ruled`. */
            footing: string;
            /** @description The incidents behind it. */
            incidents: components["schemas"]["VerdictIncident"][];
            /** @description Hours late, metres inside, in words. */
            margin?: string | null;
            /** @description Reading. */
            reading?: string | null;
            /** @description Further reasons, one sentence each. */
            reasons: string[];
            /**
             * Format: int32
             * @description The chance that a breach would have been seen, ppm: of the act seen least; nothing where the mission adopted no detection.
             */
            seen_ppm?: number | null;
            /** @description `open`, `provisional`, `final`, `amended`. */
            standing: string;
            /** @description `complied`, `breached`, `no breach seen`, `undetermined`, `disputed`, `not due`, `suspended`, `not monitorable`. */
            value: string;
            /**
             * Format: int32
             * @description Share watched, ppm.
             */
            watched_ppm?: number | null;
            window?: components["schemas"]["Span"] | null;
        };
        /** @description How likely a verdict is a breach. */
        VerdictChance: {
            /** @description Who is bound; nothing = whoever it was. */
            bearer?: string | null;
            /** @description How likely. */
            breach: components["schemas"]["Odds"];
            /** @description Reading. */
            reading?: string | null;
        };
        /** @description One incident behind a verdict. */
        VerdictIncident: {
            /** @description `falls under`, `outside`, `cannot tell`. */
            answer: string;
            /**
             * Format: int32
             * @description How sure.
             */
            chance_ppm: number;
            /** @description `INC-…`. */
            id: string;
            /** @description Why. */
            why: string;
        };
        /** @description An inspection, or a refusal of one. */
        VisitLine: {
            at: components["schemas"]["Span"];
            by?: string | null;
            id: string;
            note: string;
            /** @description `inspection`, `refusal`. */
            what: string;
        };
        /** @description Between two ranges from a post, within so much of a bearing. */
        Wedge: {
            /**
             * Format: double
             * @description Degrees clockwise from true north.
             */
            bearing_deg: number;
            /**
             * Format: double
             * @description How far the bearing may be off to either side, degrees.
             */
            bearing_error_deg: number;
            /**
             * Format: double
             * @description Latitude of the post, degrees.
             */
            lat: number;
            /**
             * Format: double
             * @description Longitude of the post, degrees.
             */
            lon: number;
            /**
             * Format: int32
             * @description Least range, metres.
             */
            range_least_m: number;
            /**
             * Format: int32
             * @description Most range, metres.
             */
            range_most_m: number;
        };
        /** @description One fact's part. */
        Witness: {
            /** @description `INC-…` or `OBS-…`. */
            fact: string;
            /** @description `act`, `trigger`, `answer`, `counted`, … */
            part: string;
        };
        /** @description What kept a scenario from running. */
        Wrong: {
            /**
             * Format: int32
             * @description The line, from 1.
             */
            line: number;
            /** @description What is wrong with it, in English. */
            message: string;
            /** @description The same in Ukrainian, of the text. */
            message_uk?: string | null;
            /** @description `text` or `scenario`. */
            within: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    agreement: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agreement"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    history_of_rule: {
        parameters: {
            query?: {
                /**
                 * @description `then` (the default): what was said at each instant, with what was known by then. `now`: what is to be said
                 *     about each instant, with all that is known now.
                 */
                account?: string;
            };
            header?: never;
            path: {
                /** @description `A1` */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["History"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    of_rule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `A1` */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Instances"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    adopted_text: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Adopted"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    last: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Audit"];
                };
            };
        };
    };
    run: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Audit"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    basemap: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
        };
    };
    claims: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Claims"];
                };
            };
        };
    };
    clocks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Clock"][];
                };
            };
        };
    };
    coverage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description RFC 3339: happenings that end before are left out. */
                from: string | null;
                /** @description RFC 3339: happenings that begin after are left out. */
                to: string | null;
                /** @description Kinds of act. */
                act: string | null;
                /** @description Rules that the incident falls under or may fall under. */
                clause: string | null;
                /** @description `proposed`, `established`, `not established`, `unable to verify`. */
                state: string | null;
                /** @description Source ids. */
                source: string | null;
                /** @description Words that the id, the place or the kind must hold. */
                q: string | null;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Coverage"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    survey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description RFC 3339: happenings that end before are left out. */
                from: string | null;
                /** @description RFC 3339: happenings that begin after are left out. */
                to: string | null;
                /** @description Kinds of act. */
                act: string | null;
                /** @description Rules that the incident falls under or may fall under. */
                clause: string | null;
                /** @description `proposed`, `established`, `not established`, `unable to verify`. */
                state: string | null;
                /** @description Source ids. */
                source: string | null;
                /** @description Words that the id, the place or the kind must hold. */
                q: string | null;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Surveys"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    check: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Draft"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Checked"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    compare: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Draft"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Compared"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    simulate: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Trial"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Simulated"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    guarantees: {
        parameters: {
            query?: {
                /** @description As of this instant, with what was known by then; now without it. */
                as_of?: string;
                /** @description Only what concerns this party, document or promise. */
                of?: string;
                /** @description At most so many promises and so many clocks, those first that need somebody; 2,000 without it, 10,000 at most. */
                most?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Guarantees"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    alerts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alerts"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    acknowledge: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `alert-…` */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Acknowledging"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertLine"][];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    brief: {
        parameters: {
            query: {
                /** @description The party that it is for. */
                for: string;
                /** @description As of this instant, with what was known by then; now without it. */
                as_of?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/pdf": string;
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    calendar: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/calendar": string;
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    feed: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/atom+xml": string;
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    notices: {
        parameters: {
            query?: {
                /** @description As of this instant, with what was known by then; now without it. */
                as_of?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Notices"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    incidents: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description RFC 3339: happenings that end before are left out. */
                from: string | null;
                /** @description RFC 3339: happenings that begin after are left out. */
                to: string | null;
                /** @description Kinds of act. */
                act: string | null;
                /** @description Rules that the incident falls under or may fall under. */
                clause: string | null;
                /** @description `proposed`, `established`, `not established`, `unable to verify`. */
                state: string | null;
                /** @description Source ids. */
                source: string | null;
                /** @description Words that the id, the place or the kind must hold. */
                q: string | null;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Incidents"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    incident: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `INC-…` */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IncidentDetail"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    onlooker: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Onlooking"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    scorecard: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Scorecard"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sources: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Source"][];
                };
            };
        };
    };
    status: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Status"];
                };
            };
        };
    };
    strength: {
        parameters: {
            query?: {
                /** @description As of this instant, with what was known by then; now without it. */
                as_of?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Strength"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
