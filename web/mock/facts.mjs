// Takes a seed and a number; gives made-up answers of the API for looking at screens. Everything is invented and says so.
import { existsSync, readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);
const HOUR = 3_600_000;
const START = Date.parse('2031-05-04T21:00:00Z');
const END = START + 61.4 * HOUR;

function layer(path) {
  const file = new URL(path, root);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
}

function joined(...collections) {
  return { type: 'FeatureCollection', features: collections.filter(Boolean).flatMap((one) => one.features) };
}

// A small generator with one seed, so that two runs show the same screens.
function randomness(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const iso = (ms) => new Date(Math.round(ms / 1000) * 1000).toISOString().replace('.000Z', 'Z');
const WORDS = [[50_000, 'almost certainly not'], [250_000, 'unlikely'], [550_000, 'about as likely as not'], [800_000, 'likely'], [950_000, 'very likely'], [1_000_001, 'almost certain']];
const chance = (ppm) => ({ ppm, word: WORDS.find(([limit]) => ppm <= limit)[1] });
const SYMBOLS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

export function facts({ seed = 7, incidents: wanted = 128 } = {}) {
  const random = randomness(seed);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const code = (head) => `${head}-${[4, 4, 4].map((n) => Array.from({ length: n }, () => SYMBOLS[Math.floor(random() * 32)]).join('')).join('-')}`;

  const regions = layer('assets/varo/regions.geojson') ?? { type: 'FeatureCollection', features: [] };
  const places = layer('assets/varo/places.geojson') ?? { type: 'FeatureCollection', features: [] };
  const agreed = layer('agreements/varo-2026/kesh-line.geojson');
  const power = layer('agreements/varo-2026/power-stations.geojson');
  const ofKind = (test) => joined(agreed, power).features.filter((feature) => test(feature.geometry.type));
  const basemap = {
    kind: 'varo',
    name: 'Varo',
    disclaimer: 'Varo is invented. Lines and names on this map show no real place and imply no position on any boundary.',
    attribution: 'Map of Varo: invented, Apache-2.0',
    layers: {
      land: layer('assets/varo/land.geojson'),
      water: layer('assets/varo/water.geojson'),
      hills: layer('assets/varo/hills.geojson'),
      regions,
      roads: layer('assets/varo/roads.geojson'),
      places,
      posts: layer('assets/varo/posts.geojson'),
      outline: null,
      lines: { type: 'FeatureCollection', features: ofKind((type) => type.includes('Line')) },
      zones: { type: 'FeatureCollection', features: ofKind((type) => type.includes('Polygon')) },
    },
  };

  const sources = [
    ['kesh-posts', 'Posts K-1 to K-8, Varo Mission', 'monitor', 'mission'],
    ['kesh-patrols', 'Patrols of the Varo Mission', 'monitor', 'mission'],
    ['kesh-cameras', 'Fixed cameras on the Kesh', 'sensor', 'cameras'],
    ['thermal', 'Heat passes of two satellites', 'satellite', 'thermal'],
    ['harrow-post', 'The Harrow Post (invented newspaper)', 'press', 'harrow'],
    ['veyr-wire', 'Veyr Wire (invented agency, copies the Post)', 'press', 'harrow'],
    ['party-a', 'Statements of Party A', 'party', 'party-a'],
    ['party-b', 'Statements of Party B', 'party', 'party-b'],
  ].map(([id, title, kind, voice]) => ({
    id, title, kind, voice, licence: 'invented', attribution: title, release: 'rows', observations: 0, efforts: 40, last_received_at: iso(END - 90_000),
  }));
  const means = { monitor: ['sight', 'sound'], sensor: ['camera'], satellite: ['satellite'], press: ['press'] };
  const acts = ['shelling', 'shelling', 'shelling', 'drone-strike', 'small-arms', 'explosion', 'overflight', 'heavy-weapon', 'long-range-drone', 'thermal-anomaly'];

  const details = Array.from({ length: wanted }, () => {
    const burst = random() < 0.35;
    const at = burst ? START + (26 + random() * 5) * HOUR : START + random() * (END - START - HOUR);
    const length = pick([60_000, 7 * 60_000, 25 * 60_000, HOUR, 5 * HOUR]);
    const precise = length <= 60_000 ? 'minute' : length <= HOUR ? 'hour' : 'part of a day';
    const day = random() < 0.12;
    const dayStart = Math.floor((at - START) / (24 * HOUR)) * 24 * HOUR + START;
    const happened = day
      ? { earliest: iso(dayStart), latest: iso(dayStart + 24 * HOUR - 1000), precision: 'day' }
      : { earliest: iso(at), latest: iso(at + length), precision: precise };
    const near = pick(places.features);
    const shape = random();
    const radius = pick([60, 350, 900, 2500, 2500, 6000]);
    const place = shape < 0.84 && near
      ? { shape: 'disc', lon: near.geometry.coordinates[0] + (random() - 0.5) * 0.12, lat: near.geometry.coordinates[1] + (random() - 0.5) * 0.1, radius_m: radius, region: null, name: `${pick(['north of', 'south of', 'near', 'on the road to'])} ${near.properties.name_en}`, precision: radius <= 100 ? 'vicinity' : radius <= 1000 ? 'settlement' : 'locality' }
      : shape < 0.95 && regions.features.length > 0
        ? (() => { const region = pick(regions.features); return { shape: 'region', lon: null, lat: null, radius_m: null, region: region.properties.id, name: region.properties.name_en, precision: 'region' }; })()
        : { shape: 'unplaced', lon: null, lat: null, radius_m: null, region: null, name: null, precision: 'unknown' };
    const act = pick(acts);
    const best = 1 + Math.floor(random() * 8);
    const counted = random() < 0.6;
    const count = counted
      ? { least: Math.max(1, best - 2), best, most: best + 4, shown: `${best} (${Math.max(1, best - 2)}-${best + 4})` }
      : { least: null, best: null, most: null, shown: 'not counted' };
    const drawn = random();
    const state = drawn < 0.62 ? 'proposed' : drawn < 0.84 ? 'established' : drawn < 0.94 ? 'not established' : 'unable to verify';
    const bears = { shelling: ['A1', 'A3'], 'small-arms': ['A1'], 'drone-strike': ['A2', 'A3'], overflight: ['A2'], 'heavy-weapon': ['B1'], 'long-range-drone': ['A3'] }[act] ?? [];
    const clauses = bears.map((rule) => {
      const answer = day || place.shape !== 'disc' ? 'cannot tell' : pick(['falls under', 'falls under', 'outside', 'cannot tell']);
      return { rule, reading: null, answer, why: { 'falls under': 'time and place lie inside the clause', outside: 'the place lies outside the zone', 'cannot tell': 'its source knows the day, the clause starts at 00:00 on 5 May' }[answer] };
    });
    const many = 1 + Math.floor(random() * 4);
    const evidence = Array.from({ length: many }, () => {
      const source = pick(sources.filter((one) => one.kind !== 'party'));
      source.observations += 1;
      return {
        id: code('OBS'), source: source.id, source_title: source.title, means: pick(means[source.kind]), act, object: null, happened, place, count, by: random() < 0.2 ? pick(['A', 'B']) : null,
        grade: { monitor: 'B2', sensor: 'B1', satellite: 'A3', press: 'D4' }[source.kind],
        grade_long: { monitor: 'usually reliable, probably true', sensor: 'usually reliable, confirmed by other sources', satellite: 'completely reliable, possibly true', press: 'not usually reliable, doubtful' }[source.kind],
        worth_ppm: pick([400_000, 620_000, 810_000]), worth_basis: 'set by the scenario for its source',
        text: source.kind === 'press' ? `Residents ${place.name ? `${place.name} ` : ''}spoke of several loud bangs (invented text).` : 'Outgoing fire heard, bearing 034, about 3 km (invented text).',
        references: source.kind === 'press' ? ['https://example.invalid/harrow-post/4411'] : [], licence: 'invented', entry: 1000 + Math.floor(random() * 9000), received_at: iso(Date.parse(happened.latest) + 12 * 60_000),
      };
    });
    const voices = new Set(evidence.map((one) => sources.find((source) => source.id === one.source).voice)).size;
    const incident = {
      id: code('INC'), act, object: null, happened, place, count, by: null, chance: chance(Math.floor(150_000 + random() * 840_000)), state,
      attributed_to: state === 'established' ? pick([null, 'A', 'B', 'undetermined']) : null, observations: many, voices,
      sources: [...new Set(evidence.map((one) => one.source))], clauses, data_class: 'simulated',
    };
    const against = random() < 0.5 ? [] : [
      { id: code('EFF'), source: 'kesh-posts', means: 'sound', span: happened, outcome: pick(['looked', 'refused', 'jammed', 'obscured']), limits: pick([null, 'wind from the east, 9 m/s', 'turned back at the checkpoint']), geometry: null },
    ];
    return {
      incident, evidence, against,
      why_joined: many > 1 ? ['same kind, 4 min apart, discs overlap', 'two voices: mission, harrow'] : [],
      history: [
        { entry: evidence[0].entry + 3, at: evidence[0].received_at, what: 'proposed by the machine' },
        ...(state === 'proposed' ? [] : [{ entry: evidence[0].entry + 40, at: iso(Date.parse(evidence[0].received_at) + 40 * 60_000), what: `finding: ${state}, signed by a verifier` }]),
      ],
    };
  }).sort((a, b) => (a.incident.happened.earliest < b.incident.happened.earliest ? 1 : -1));

  const sectors = regions.features.map((region, index) => {
    const watched = [0, 310_000, 870_000, 640_000, 970_000, 120_000, 480_000, 760_000][index % 8];
    return {
      id: region.properties.id, name: region.properties.name_en, geometry: region.geometry, watched_ppm: watched,
      by_means: watched === 0 ? [] : [{ means: 'sight', watched_ppm: Math.floor(watched * 0.4) }, { means: 'sound', watched_ppm: Math.floor(watched * 0.7) }],
      blind: watched > 900_000 ? [] : [
        { span: { earliest: iso(END - 17 * HOUR), latest: iso(END), precision: 'several days' }, why: 'access refused at the crossing, K-4' },
        { span: { earliest: iso(START + 6 * HOUR), latest: iso(START + 9 * HOUR), precision: 'part of a day' }, why: 'jammed' },
      ],
      incidents: details.filter(({ incident }) => incident.place.region === region.properties.id).length,
    };
  });

  const verdictOf = (id) => details.filter(({ incident }) => incident.clauses.some((one) => one.rule === id)).map(({ incident }) => ({
    id: incident.id, answer: incident.clauses.find((one) => one.rule === id).answer, why: incident.clauses.find((one) => one.rule === id).why, chance_ppm: incident.chance.ppm,
  }));
  const window = { earliest: iso(START + 3 * HOUR), latest: iso(END), precision: 'several days' };
  const verdict = (footing, value, more = {}) => ({
    reading: null, bearer: null, footing, value, standing: 'open', because: '', margin: null, window, watched_ppm: 620_000, reasons: [], incidents: [], ...more,
  });
  const rules = [
    { id: 'A1', anchor: 'art_3__para_1', kind: 'never', sentence: 'From 5 May 2031 00:00, no party may commit shelling or small-arms fire within 10 km of the Kesh line.', standing_value: 'breached', verdicts: [
      verdict('as proposed', 'breached', { because: 'at least one proposed incident is very likely and lies inside the zone and the time', incidents: verdictOf('A1').slice(0, 9), margin: '2.4 km inside the zone' }),
      verdict('as established', 'breached', { standing: 'provisional', because: 'a finding of 5 May 18:02 establishes shelling 2.4 km inside the zone', incidents: verdictOf('A1').slice(0, 2), margin: '2.4 km inside the zone' }),
      verdict('as ruled', 'undetermined', { because: 'the commission has not ruled on it', incidents: [] }),
    ] },
    { id: 'A2', anchor: 'art_3__para_2', kind: 'never', sentence: 'From 5 May 2031 00:00, no party may fly drones over the other side of the Kesh line.', standing_value: 'disputed', verdicts: ['as proposed', 'as established', 'as ruled'].flatMap((footing) => [
      verdict(footing, footing === 'as proposed' ? 'breached' : 'no breach seen', { reading: 'Party A', because: footing === 'as proposed' ? 'two overflights after midnight lie across the line' : 'no finding falls under it', incidents: footing === 'as proposed' ? verdictOf('A2').slice(0, 3) : [] }),
      verdict(footing, footing === 'as proposed' ? 'no breach seen' : 'no breach seen', { reading: 'Party B', because: 'on this reading the ban starts on 6 May; nothing seen since, 38 % watched', watched_ppm: 380_000 }),
    ]) },
    { id: 'A3', anchor: 'art_3__para_3', kind: 'never', sentence: 'No party may strike a power station listed in annex 2.', standing_value: 'no breach seen', verdicts: ['as proposed', 'as established', 'as ruled'].map((footing) => verdict(footing, 'no breach seen', { because: 'nothing seen, but only 52 % of area and time was watched (70 % needed)', watched_ppm: 520_000, reasons: ['sector A was not watched after 5 May 04:00: access refused'] })) },
    { id: 'B1', anchor: 'art_4__para_1', kind: 'by', sentence: 'By 7 May 2031 00:00, each party shall have withdrawn heavy weapons 15 km from the Kesh line.', standing_value: 'not due', verdicts: ['as proposed', 'as established', 'as ruled'].flatMap((footing) => ['A', 'B'].map((bearer) => verdict(footing, 'not due', { bearer, because: 'due on 7 May 2031 00:00, in 13 h 36', watched_ppm: null }))) },
    { id: 'B2', anchor: 'art_4__para_2', kind: 'response', sentence: 'After a finding of a breach, the party named shall reply within 24 hours.', standing_value: 'undetermined', verdicts: ['as proposed', 'as established', 'as ruled'].flatMap((footing) => ['A', 'B'].map((bearer) => verdict(footing, bearer === 'A' ? 'undetermined' : 'complied', { bearer, because: bearer === 'A' ? 'a reply is reported for the day only; the clock ended at 18:40 that day' : 'a reply was received 6 h 20 before its time', margin: bearer === 'A' ? null : '6 h 20 early', watched_ppm: null }))) },
    { id: 'C1', anchor: 'art_5__para_1', kind: 'never', sentence: 'Observers shall not be kept out, delayed or threatened.', standing_value: 'complied', verdicts: ['as proposed', 'as established', 'as ruled'].map((footing) => verdict(footing, 'complied', { because: 'no denial in 61 h, 94 % watched', watched_ppm: 940_000 })) },
    { id: 'C2', anchor: 'art_5__para_2', kind: 'text only', sentence: 'Depots behind the line hold no rocket artillery: text only, because no post sees them.', standing_value: 'not monitorable', verdicts: [verdict('as proposed', 'not monitorable', { because: 'no planned means can see the depots', watched_ppm: null, window: null })] },
    { id: 'C3', anchor: 'art_5__para_3', kind: 'between', sentence: 'Between 6 May 06:00 and 6 May 18:00, the crossing at Orvask shall stay open.', standing_value: 'suspended', verdicts: [verdict('as proposed', 'suspended', { because: 'suspended by both parties on 6 May 05:40', watched_ppm: null })] },
  ];
  const tally = [...new Map(rules.map((rule) => [rule.standing_value, rules.filter((one) => one.standing_value === rule.standing_value).length]))].map(([value, count]) => ({ value, rules: count }));
  const agreement = {
    title: 'Kesh Line Agreement', version: '1.2', sha256: '9f2b8c1e7a54d03c6e8f1b2a9d4c5e6f7081920a3b4c5d6e7f8091a2b3c4d5e6', as_of: iso(END), in_force: iso(START + 3 * HOUR), readings: ['Party A', 'Party B'], tally,
    articles: [
      { anchor: 'art_1', heading: 'Terms', level: 1, blocks: [{ kind: 'prose', text: 'In this agreement *the Line* means the line drawn in annex 1, and **heavy weapon** means:\n\n1. artillery and mortars above 82 mm;\n2. tanks and other armour with a gun above 30 mm;\n3. rocket artillery of any calibre.', rules: [] }, { kind: 'definitions', text: 'define heavy-weapon = artillery above 82 mm, armour above 30 mm, rockets', rules: [] }] },
      { anchor: 'art_3', heading: 'Cessation', level: 1, blocks: [] },
      { anchor: 'art_3__para_1', heading: 'Fire near the Line', level: 2, blocks: [{ kind: 'prose', text: 'From 5 May 2031 at 00:00 the Parties shall not fire within ten kilometres of the Line with any weapon.', rules: [] }, { kind: 'rules', text: 'A1: never shelling, small-arms in zone kesh-10km from 2031-05-05 00:00', rules: ['A1'] }] },
      { anchor: 'art_3__para_2', heading: 'Drones', level: 2, blocks: [{ kind: 'prose', text: 'No drone of a Party shall cross the Line. The Parties read the first day differently; both readings are kept.', rules: [] }, { kind: 'rules', text: 'A2: never overflight across kesh-line\n  reading "Party A" from 2031-05-05 00:00\n  reading "Party B" from 2031-05-06 00:00', rules: ['A2'] }] },
      { anchor: 'art_3__para_3', heading: 'Power stations', level: 2, blocks: [{ kind: 'prose', text: 'The power stations in annex 2 shall not be struck.', rules: [] }, { kind: 'rules', text: 'A3: never shelling, drone-strike in zone power-stations', rules: ['A3'] }] },
      { anchor: 'art_4', heading: 'Withdrawal and replies', level: 1, blocks: [] },
      { anchor: 'art_4__para_1', heading: 'Heavy weapons', level: 2, blocks: [{ kind: 'prose', text: 'Each Party shall withdraw its heavy weapons fifteen kilometres from the Line by 7 May 2031 at 00:00.', rules: [] }, { kind: 'rules', text: 'B1: each party by 2031-05-07 00:00 withdrawal of heavy-weapon 15 km from kesh-line', rules: ['B1'] }] },
      { anchor: 'art_4__para_2', heading: 'Reply', level: 2, blocks: [{ kind: 'prose', text: 'A Party so notified shall reply in writing within 24 hours.', rules: [] }, { kind: 'rules', text: 'B2: after finding, named party must notice within 24 h', rules: ['B2'] }] },
      { anchor: 'art_5', heading: 'Observers', level: 1, blocks: [{ kind: 'prose', text: 'Observers move freely, see depots on request, and use the crossing at Orvask.', rules: [] }, { kind: 'rules', text: 'C1: never access-denied\nC2: text-only because "no post sees them"\nC3: between 2031-05-06 06:00 and 18:00 open crossing-orvask', rules: ['C1', 'C2', 'C3'] }, { kind: 'not understood', text: 'C4: perhaps meet on Tuesdays', rules: [] }] },
    ],
    rules,
    remarks: [{ code: 'B013', severity: 'error', message: '`perhaps` is not a word of a rule', line: 71, column: 5, notes: [], fix: 'write `by`, `between`, `never` or `after`, or make it text-only' }, { code: 'B004', severity: 'warning', message: 'B2 names nobody who may verify the reply', line: 58, column: 1, notes: [], fix: null }],
  };

  const clocks = [
    { rule: 'B2', reading: null, bearer: 'A', trigger: details[0]?.incident.id ?? 'entry into force', started: iso(END - 26 * HOUR), due: iso(END - 2 * HOUR), state: 'late', arithmetic: 'finding received 5 May 08:24 + 24 h = 6 May 08:24; now 10:24' },
    { rule: 'B2', reading: null, bearer: 'B', trigger: details[1]?.incident.id ?? 'entry into force', started: iso(END - 23.88 * HOUR), due: iso(END + 0.12 * HOUR), state: 'running', arithmetic: 'finding received 5 May 10:31 + 24 h = 6 May 10:31' },
    { rule: 'B1', reading: null, bearer: null, trigger: 'entry into force', started: iso(START + 3 * HOUR), due: iso(END + 13.6 * HOUR), state: 'running', arithmetic: 'in force 5 May 00:00 + 48 h = 7 May 00:00' },
    { rule: 'C3', reading: 'Party B', bearer: 'A', trigger: 'entry into force', started: iso(START + 3 * HOUR), due: iso(END + 40 * HOUR), state: 'pending', arithmetic: 'starts when the crossing opens' },
    { rule: 'B2', reading: null, bearer: 'B', trigger: 'finding', started: iso(START + 5 * HOUR), due: iso(START + 29 * HOUR), state: 'discharged', arithmetic: 'reply received 6 h 20 before its time' },
  ];

  const claims = { as_of: iso(END), total: 2, totals: [], claims: ['A', 'B'].map((party) => ({ observation: { ...details[0].evidence[0], source: `party-${party.toLowerCase()}`, source_title: `Statements of Party ${party}`, means: 'statement', text: `Party ${party} says the other side broke the truce four times (invented).` }, claimant: party, would_be: [] })) };

  const kinds = [['shelling', 18, 16, 2], ['drone-strike', 9, 6, 1], ['small-arms', 14, 8, 3], ['overflight', 7, 3, 0]];
  const scorecard = {
    notes: ['The scenario knows what happened; the machine saw only what posts, patrols, cameras, satellites and the press reported.', 'A proposed incident counts as found when kind, time and place fit a true one.'],
    figures: [
      { label: 'happened', count: 48, of: null, means: 'true incidents in the scenario so far' },
      { label: 'found', count: 33, of: 48, means: 'true incidents that a proposed one matches' },
      { label: 'missed', count: 15, of: 48, means: 'true incidents that nothing matches' },
      { label: 'false alarms', count: 6, of: 39, means: 'proposed incidents that match nothing true' },
      { label: 'copies joined', count: 11, of: 12, means: 'press copies that were counted as one voice' },
    ],
    table: [...kinds.map(([name, happened, found, unseeable]) => ({ group: 'kind', name, happened, found, unseeable })), ...sectors.slice(0, 8).map((sector, index) => ({ group: 'sector', name: `${sector.id} ${sector.name}`, happened: 4 + index, found: Math.max(0, 4 + index - (index % 4)), unseeable: Math.min(index % 3, index % 4) }))],
    misses: Array.from({ length: 5 }, (_, index) => [
      { act: 'small-arms', at: iso(START + (9 + index) * HOUR), sector: 'A Lomar Coast', why: 'nobody looked: access refused since 04:00' },
      { act: 'overflight', at: iso(START + (20 + index) * HOUR), sector: 'C Lake Oru', why: 'heard by one post, too faint to propose' },
      { act: 'drone-strike', at: iso(START + (33 + index) * HOUR), sector: 'F', why: 'joined wrongly to shelling 6 min earlier' },
    ]).flat(),
  };

  const status = {
    mission: 'Varo Mission', data_class: 'simulated', as_of: iso(END), time_zone: 'Europe/Athens', last_entry_at: iso(END - 2000), agreement: agreement.title,
    log: { origin: 'backstop-sim/varo', size: 10_482, root: 'Qk3fT0mJ8yWvRr1h2n5p7sXzB4dGcLeK9aUoYiNfH9a=' },
    counts: { observations: details.reduce((sum, one) => sum + one.evidence.length, 0), claims: 2, efforts: 320, incidents: details.length, unread_rows: 0 },
    replay: { speed: 600, now: iso(END), ends: iso(START + 72 * HOUR), finished: false },
    covers: { earliest: iso(START), latest: iso(END), precision: 'several days' },
    notices: ['No witness has signed this log: only its own key vouches for it.'],
  };
  return { START, END, iso, status, details, sectors, agreement, clocks, claims, sources, scorecard, basemap };
}
