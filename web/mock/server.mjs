// A made-up server for looking at screens without the real one: `npm run mock`, then open its address or `npm run dev`.
// Serves dist/ with the strict policy of the real server, and invented answers. Takes PORT, INCIDENTS, LIVE=1.
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { facts } from './facts.mjs';

const port = Number(process.env.PORT ?? 7399);
const made = facts({ incidents: Number(process.env.INCIDENTS ?? 128) });
const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.mjs': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2', '.json': 'application/json', '.wasm': 'application/wasm' };
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const HOUR = 3_600_000;

function list(query) {
  const inside = (name) => new Set((query.get(name) ?? '').split(',').filter(Boolean));
  const [act, clause, state, source] = ['act', 'clause', 'state', 'source'].map(inside);
  const [from, to] = ['from', 'to'].map((name) => Date.parse(query.get(name) ?? '') || null);
  const q = (query.get('q') ?? '').toLowerCase();
  const shown = made.details.map((one) => one.incident).filter((incident) =>
    (act.size === 0 || act.has(incident.act)) &&
    (clause.size === 0 || incident.clauses.some((one) => clause.has(one.rule) && one.answer !== 'outside')) &&
    (state.size === 0 || state.has(incident.state)) &&
    (source.size === 0 || incident.sources.some((one) => source.has(one))) &&
    (from === null || Date.parse(incident.happened.latest) >= from) &&
    (to === null || Date.parse(incident.happened.earliest) < to) &&
    (q === '' || JSON.stringify([incident.id, incident.act, incident.place.name]).toLowerCase().includes(q)));
  const of = (shape) => shown.filter((one) => one.place.shape === shape).length;
  const timeline = [];
  for (let at = made.START; at < made.END; at += HOUR) {
    const hour = Math.round((at - made.START) / HOUR);
    timeline.push({
      from: made.iso(at), to: made.iso(at + HOUR),
      incidents: shown.filter((one) => { const when = Date.parse(one.happened.earliest); return when >= at && when < at + HOUR; }).length,
      watched_ppm: hour > 5 && hour < 10 ? 0 : hour > 40 && hour < 46 ? 260_000 : 620_000 + (hour % 5) * 60_000,
    });
  }
  return { as_of: made.status.as_of, total: shown.length, placed: of('disc'), in_regions: of('region'), unplaced: of('unplaced'), hidden: made.details.length - shown.length, incidents: shown, timeline };
}

function status() {
  if (process.env.LIVE !== '1') return made.status;
  const second = Math.floor(process.uptime());
  return { ...made.status, log: { ...made.status.log, size: made.status.log.size + second }, as_of: made.iso(made.END + second * 600), last_entry_at: made.iso(made.END + second * 600) };
}

const answers = {
  '/status': status,
  '/incidents': list,
  '/coverage': () => ({ as_of: made.status.as_of, span: made.status.covers, keep_threshold_ppm: 400_000, sectors: made.sectors }),
  '/agreement': () => made.agreement,
  '/clocks': () => made.clocks,
  '/claims': () => made.claims,
  '/sources': () => made.sources,
  '/scorecard': () => made.scorecard,
  '/basemap': () => made.basemap,
};

function send(response, code, body) {
  response.writeHead(code, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}

createServer((request, response) => {
  const url = new URL(request.url, 'http://mock');
  if (url.pathname.startsWith('/api/v1')) {
    const path = url.pathname.slice('/api/v1'.length);
    if (answers[path]) return send(response, 200, answers[path](url.searchParams));
    const id = /^\/incidents\/(.+)$/.exec(path)?.[1];
    const found = made.details.find((one) => one.incident.id === id);
    if (found) return send(response, 200, found);
    return send(response, 404, { schema: 'backstop.problem/1', message: `nothing at \`${path}\`: look at /api/v1/openapi.json` });
  }
  const file = join(dist, normalize(url.pathname === '/' ? '/index.html' : url.pathname));
  if (!file.startsWith(dist) || !existsSync(file) || !statSync(file).isFile()) return send(response, 404, { message: 'no such file; run `npm run build`' });
  response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', 'content-security-policy': POLICY });
  createReadStream(file).pipe(response);
}).listen(port, '127.0.0.1', () => console.log(`mock with ${made.details.length} invented incidents at http://127.0.0.1:${port}/`));
