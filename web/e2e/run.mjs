// Takes BASE, the address of a running server, and SHOTS, a folder for pictures (optional); walks the app in Chromium and
// fails with a list of what is wrong. Reaches nothing but BASE.
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { audit, tampered } from './audit.mjs';
import { drafter } from './drafter.mjs';
import { guarantees } from './guarantees.mjs';
import { mission } from './mission.mjs';

const base = process.env.BASE ?? 'http://127.0.0.1:7399/';
const shots = process.env.SHOTS ?? '';
const origin = new URL(base).origin;
// A link with the token of the first visit is opened once; after that a cookie or nothing is needed.
const home = new URL('/', base).href;
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const FLAGS = ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
const PATIENCE_MS = 45_000;

const faults = [];
function expect(holds, what) {
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${what}`);
  if (!holds) faults.push(what);
}

if (shots !== '') mkdirSync(shots, { recursive: true });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: FLAGS });

/** A page of its own; what its console says as `meant` is no fault. */
async function open(options = {}, meant = null) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB', reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol !== 'data:' && url.protocol !== 'blob:' && url.origin !== origin) faults.push(`a request left the origin: ${url.href}`);
  });
  page.on('pageerror', (error) => faults.push(`an error in the page: ${error.message}`));
  page.on('console', (message) => {
    if (meant?.test(`${message.text()} ${message.location().url}`)) return;
    // Answers that the walk asks for, and what the page asks while the walk itself has cut the network.
    if (message.type() === 'error' && !/status of 4(01|04|00|13|22)|ERR_INTERNET_DISCONNECTED/.test(message.text())) faults.push(`the console says: ${message.text()}`);
  });
  return page;
}

async function go(page, query) {
  await page.goto(home + query);
  if (query.includes('screen=')) await page.locator('main :is(h2, .empty)').first().waitFor({ timeout: PATIENCE_MS });
  else await ready(page);
}

/** The address, asked of the page itself: the browser's driver hears of a change a moment later. */
const here = (page) => page.evaluate(() => location.href);

async function ready(page) {
  await page.waitForFunction(() => window.__backstop_ready === true && document.querySelector('[data-total]') !== null, null, { timeout: PATIENCE_MS });
}

async function picture(page, name) {
  if (shots !== '') await page.screenshot({ path: `${shots}/${name}.png` });
}

async function accessible(page, name) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  for (const one of found.violations) {
    console.log(`     ${one.id}: ${one.help}`);
    for (const node of one.nodes.slice(0, 4)) console.log(`       ${node.html.slice(0, 140)} ${node.any.map((any) => any.message).join(' ').slice(0, 160)}`);
  }
  expect(found.violations.length === 0, `${name}: axe finds nothing (${found.passes.length} rules passed)`);
}

/** The number in the header, the rows of the list, the marks on the map with the shelf, and the columns' sum. */
async function fourNumbers(page, name) {
  // All four are read in one step of the page, so that a replay cannot move between them.
  await page.waitForTimeout(400);
  const reading = await page.waitForFunction(() => {
    const value = (attribute) => Number(document.querySelector(`[${attribute}]`)?.getAttribute(attribute) ?? NaN);
    if (window.__backstop_ready !== true || Number.isNaN(value('data-total'))) return null;
    return { total: value('data-total'), rows: value('data-list'), drawnRows: document.querySelectorAll('[role=option]').length, marks: window.__backstop_marks(), shelf: value('data-shelf'), timeline: value('data-timeline') };
  }, null, { timeout: PATIENCE_MS });
  const read = await reading.jsonValue();
  const rowsAgree = read.rows === read.total && (read.total > 200 || read.drawnRows === read.total);
  expect(rowsAgree && read.marks + read.shelf === read.total && read.timeline === read.total, `${name}: header ${read.total} = list ${read.rows} = map ${read.marks} + shelf ${read.shelf} = timeline ${read.timeline}`);
  return read.total;
}

/** The history of the open clause: two questions kept apart, steps with what changed them, and the table of the same. */
async function lookedBack(page, scheme) {
  const history = page.locator('[data-history]');
  await history.locator('.strips .name[aria-pressed]').first().waitFor({ timeout: PATIENCE_MS });
  const shown = await history.locator('.strips .name[aria-pressed]').count();
  const rule = await page.evaluate(() => new URL(location.href).searchParams.get('rule'));
  const asked = (account) => page.evaluate(([id, account]) => fetch(`api/v1/agreement/rules/${id}/history?account=${account}`).then((answer) => answer.json()), [rule, account]);
  const then = await asked('then');
  expect(then.margin.length > 0 && then.strips.every((strip) => strip.steps.every((step) => step.because.length > 0)), `the history of ${rule} names what changed at each step`);
  const standing = await page.evaluate((id) => fetch('api/v1/agreement').then((answer) => answer.json()).then((agreement) => agreement.rules.find((one) => one.id === id).standing_value), rule);
  expect(then.margin.at(-1).value === standing, `it ends with what the margin shows (${standing})`);
  const steps = history.locator('ol > li');
  expect((await steps.count()) > 0 && (await steps.first().locator('.why').count()) > 0, 'each step in the list says why');
  await history.locator('.strips .name[aria-pressed]').nth(shown - 1).focus();
  await page.keyboard.press('Enter');
  expect((await history.locator('.strips .name[aria-pressed=true]').count()) === 1, 'a strip is chosen by keys');
  await accessible(page, `history, ${scheme}`);
  await picture(page, `history-${scheme}`);
  await history.locator('.choice button').nth(1).click();
  await page.locator('[data-history=now] ol > li').first().waitFor({ timeout: PATIENCE_MS });
  expect((await asked('now')).account === 'now', 'what is to be said now about then is another question');
  await history.locator('.twin').click();
  await history.locator('tbody tr').first().waitFor();
  expect((await history.locator('tbody tr').count()) >= shown, 'the table holds the steps of every strip');
  await accessible(page, `history as a table, ${scheme}`);
  await picture(page, `history-table-${scheme}`);
  await history.locator('.twin').click();
  const refused = await page.evaluate(() => Promise.all(['nothing/history', '2.1/history?account=later'].map((path) => fetch(`api/v1/agreement/rules/${path}`).then((answer) => answer.status))));
  expect(refused[0] === 404 && refused[1] === 400, `a rule that is not there and a question that is none are refused (${refused})`);
}

/** A scenario tried on a mended draft, with an error at its line, and on the text in force. */
async function triedOut(page, adopted) {
  await page.locator('#tab-trial').click();
  await page.locator('.trial .none').waitFor();
  await page.locator('.trial select').selectOption('0');
  await page.locator('.outcome tbody tr').first().waitFor({ timeout: PATIENCE_MS });
  expect((await page.locator('.outcome tbody tr', { hasText: 'T1' }).textContent()).includes('breached'), 'a scenario says which clause is broken at the end');
  expect((await page.locator('.outcome .steps > li').count()) > 3, 'and what changed at each moment');
  await accessible(page, 'draft on a scenario');
  await picture(page, 'draft-trial');
  const scenario = page.locator('.trial textarea');
  const sound = await scenario.inputValue();
  await scenario.fill(sound.replace('| shelling |', '| shoving |'));
  await page.locator('.trial .fault').waitFor({ timeout: PATIENCE_MS });
  expect((await page.locator('.trial .fault').textContent()).includes('shoving') && (await page.locator('.trial li.error').count()) === 1, 'a word that it does not know is a fault at its line');
  await accessible(page, 'a faulty scenario');
  const line = await page.locator('.trial .fault button').textContent();
  await page.locator('.trial .fault button').click();
  expect(await page.evaluate(() => document.activeElement?.closest('.trial textarea, .trial .sheet') !== null), `the fault leads to ${line}`);
  await scenario.fill(sound);
  await page.locator('.outcome').waitFor({ timeout: PATIENCE_MS });
  if (adopted) {
    await page.getByRole('button', { name: 'the text in force' }).last().click();
    await page.locator('.outcome tbody tr', { hasText: '2.1' }).waitFor({ timeout: PATIENCE_MS });
    expect(true, 'the same scenario runs under the text in force');
  }
  const refused = await page.evaluate(async () => {
    const send = (scenario) => fetch('api/v1/drafts/simulate', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ text: '', scenario }) });
    return Promise.all([send('x'.repeat(70_000)), send(undefined)].map((answer) => answer.then((one) => one.status)));
  });
  expect(refused[0] === 413 && refused[1] === 422, `a scenario too long, and none at all, are refused (${refused})`);
}

/** As a drafter would: see what is wrong, mend it, see it clear; then lay it beside the text in force. */
async function drafted(page, adopted) {
  const text = page.locator('.text .sheet textarea');
  const faulty = await text.inputValue();
  const refused = await page.evaluate(async () => {
    const send = (body) => fetch('api/v1/drafts/check', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const answers = await Promise.all([send(JSON.stringify({ text: 'x'.repeat(300_000) })), send('{'), send(JSON.stringify({ text: 'x'.repeat(3_000_000) }))]);
    return Promise.all(answers.map(async (answer) => [answer.status, typeof (await answer.json()).message]));
  });
  expect(JSON.stringify(refused) === '[[413,"string"],[400,"string"],[413,"string"]]', `a draft too large, and one that is none, are refused with a reason (${JSON.stringify(refused)})`);
  const mended = faulty
    .replace('zone Separation = map "separation.geojson" as of 2026-05-01\n', '')
    .replace('by day 3 withdrawl', 'by day 3 withdrawal')
    .replace('without delay', 'within a day')
    .replace('must notice about it', 'must notice about it within 24 hours');
  await text.fill(mended);
  await page.waitForFunction(() => document.querySelector('.remark.error') === null && document.querySelector('.tally .error') === null, null, { timeout: PATIENCE_MS });
  await page.locator('#tab-rules').click();
  expect((await page.locator('#draft-pane li').count()) === 3, 'a mended draft has no error, and each rule is read back');
  await triedOut(page, adopted);
  await page.reload();
  await page.locator('.sheet').first().waitFor();
  expect((await text.inputValue()) === mended, 'a draft is still there after a reload');
  if (!adopted) return;
  await page.getByText('the text in force', { exact: true }).click();
  await page.waitForFunction((other) => document.querySelector('.sheet textarea').value !== other, mended);
  const governing = await text.inputValue();
  const rule = /^rule (\S+) .*$/m.exec(governing);
  await text.fill(governing.replace(rule[0], `rule ${rule[1]} of each party: text-only because "struck out in this draft"`));
  await page.locator('#tab-changes').click();
  await page.locator('#draft-pane h3', { hasText: rule[1] }).waitFor({ timeout: PATIENCE_MS });
  expect(true, `a changed rule is shown beside the text in force (${rule[1]})`);
  await accessible(page, 'draft against the text in force');
  await picture(page, 'draft-changes');
  await page.getByText('Bring the former text back').click();
  expect((await text.inputValue()) === mended, 'the former text can be brought back');
}

// First paint, and what every page must carry.
{
  const page = await open();
  // The browser's own start is not the app's.
  await page.screenshot();
  const began = Date.now();
  await page.goto(base);
  await page.locator('.class').waitFor({ timeout: PATIENCE_MS });
  const framed_ms = Date.now() - began;
  await ready(page);
  const painted = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN);
  console.log(`     first paint ${Math.round(painted)} ms, frame with data class ${framed_ms} ms, map idle ${Date.now() - began} ms`);
  expect(painted < 3000, 'first paint within 3 s');
  await picture(page, 'situation');

  const all = await fourNumbers(page, 'no filter');
  const incidents = await page.evaluate(() => fetch('api/v1/incidents').then((answer) => answer.json()));
  const status = await page.evaluate(() => fetch('api/v1/status').then((answer) => answer.json()));
  expect(incidents.total === incidents.placed + incidents.in_regions + incidents.unplaced, 'the server: total = placed + in regions + unplaced');
  expect(incidents.timeline.reduce((sum, one) => sum + one.incidents, 0) === incidents.total, 'the server: columns sum to the total');

  // Three different filters: a kind, a state with a search, a window of the middle third.
  const act = incidents.incidents[0]?.act ?? 'shelling';
  const [first, last] = [Date.parse(status.covers.earliest), Date.parse(status.covers.latest)];
  const text = (ms) => new Date(Math.round(ms / 60_000) * 60_000).toISOString().replace('.000Z', 'Z');
  const window = `from=${text(first + (last - first) / 3)}&to=${text(last - (last - first) / 3)}`;
  for (const [name, query] of [['a kind', `?act=${act}`], ['a state', '?state=proposed'], ['a window', `?${window}`]]) {
    await go(page, query);
    const some = await fourNumbers(page, name);
    if (!status.replay || status.replay.finished) expect(some <= all, `${name}: not more than all`);
  }
  await picture(page, 'situation-window');

  // The brush writes the address.
  await go(page, '');
  const box = await page.locator('.timeline svg').boundingBox();
  await page.mouse.move(box.x + box.width * 0.4, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + 20, { steps: 4 });
  await page.mouse.up();
  expect(/from=.*to=/.test(await here(page)), 'dragging on the timeline sets the window in the address');
  await fourNumbers(page, 'the brush');
  await page.goBack();
  expect(!/from=/.test(await here(page)), 'back takes the window away');
  await page.context().close();
}

// The walk by keys.
{
  const page = await open();
  await go(page, '');
  const key = (name) => page.keyboard.press(name);
  await key('j');
  await page.locator('#incident').waitFor();
  const one = new URL(await here(page)).searchParams.get('open');
  await key('j');
  const two = new URL(await here(page)).searchParams.get('open');
  const several = (await page.locator('[data-list]').getAttribute('data-list')) > 1;
  expect(one !== null && (!several || (two !== null && two !== one)), 'j opens the first incident and then the next');
  await page.locator('#incident h3', { hasText: 'History' }).waitFor();
  expect((await page.locator('#incident h3', { hasText: 'Against' }).count()) === 1, 'an open incident always has its Against');
  await key('Enter');
  expect(await page.evaluate(() => document.activeElement?.id === 'incident'), 'Enter goes into the open incident');
  await picture(page, 'incident');
  await accessible(page, 'incident, light');
  await key('Escape');
  expect(!(await here(page)).includes('open='), 'Esc closes it');
  await key('L');
  await page.locator('[data-table]').waitFor();
  const [table, total] = await page.evaluate(() => ['data-table', 'data-total'].map((name) => document.querySelector(`[${name}]`).getAttribute(name)));
  expect(table === total, `L shows the table with the same sum (${table})`);
  await picture(page, 'table');
  await accessible(page, 'table, light');
  await key('L');
  await key(']');
  expect(/from=/.test(await here(page)), '] sets a window');
  await key('/');
  await page.keyboard.type('zzzzzz');
  await page.getByText('The filter hides').waitFor();
  expect(true, 'a filter that hides everything says how many it hides');
  expect(new URL(await here(page)).searchParams.get('q') === 'zzzzzz', 'letters in a text field are text, and are in the address');
  await key('Escape');
  await key('t');
  expect(/\d{2}:\d{2}:\d{2}Z/.test(await page.locator('header time').first().textContent()), 't shows UTC');
  await key('?');
  await page.locator('dialog').waitFor();
  await accessible(page, 'keys, light');
  await key('Escape');
  await key('g');
  await key('a');
  expect((await here(page)).includes('screen=agreement'), 'g a goes to the agreement');
  await page.context().close();
}

// The other screens, light and dark, both languages.
{
  for (const scheme of ['light', 'dark']) {
    const page = await open({ colorScheme: scheme });
    await go(page, '');
    await accessible(page, `situation, ${scheme}`);
    if (scheme === 'dark') await picture(page, 'situation-dark');
    await go(page, '?screen=agreement');
    const adopted = (await page.locator('.tally').count()) > 0;
    if (adopted) {
      await page.keyboard.press('n');
      const rule = new URL(await here(page)).searchParams.get('rule');
      if (rule !== null) expect((await page.locator('.pane').textContent()).includes(rule), `n opens a clause that is not complied with (${rule})`);
      await page.locator('.margin .mark').first().click();
      expect((await page.locator('.pane .verdict').count()) > 0, 'a mark in the margin opens its verdicts');
    }
    await accessible(page, `agreement, ${scheme}`);
    await picture(page, `agreement-${scheme}`);
    expect((await page.locator('.class[data-class]').count()) === 1, `agreement, ${scheme}: the data class is on the page`);
    if (adopted) {
      await lookedBack(page, scheme);
      await page.locator('.pane summary', { hasText: 'Certificates' }).click();
      await page.locator('.pane details[open] ol > li, .pane details[open] p.muted').first().waitFor();
      await accessible(page, `certificates, ${scheme}`);
      await picture(page, `certificates-${scheme}`);
    }
    await go(page, '?screen=draft');
    await page.locator('.remark.error').first().waitFor();
    await accessible(page, `draft, ${scheme}`);
    await picture(page, `draft-${scheme}`);
    expect((await page.locator('.class[data-class]').count()) === 1, `draft, ${scheme}: the data class is on the page`);
    if (scheme === 'light') await drafted(page, adopted);
    const demo = await page.evaluate(() => fetch('api/v1/scorecard').then((answer) => answer.ok));
    if (demo) {
      await go(page, '?screen=scorecard');
      await accessible(page, `scorecard, ${scheme}`);
      await picture(page, `scorecard-${scheme}`);
      expect((await page.locator('.class[data-class]').count()) === 1, `scorecard, ${scheme}: the data class is on the page`);
    }
    await page.context().close();
  }

  const page = await open({ locale: 'uk-UA', viewport: { width: 900, height: 900 } });
  await go(page, '');
  expect((await page.locator('html').getAttribute('lang')) === 'uk', 'a Ukrainian browser gets Ukrainian');
  await accessible(page, 'situation, narrow, uk');
  await picture(page, 'situation-narrow-uk');
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wide <= 0, `nothing sticks out at 900 px (${wide})`);
  await page.emulateMedia({ media: 'print' });
  expect(await page.locator('.class').isVisible(), 'the data class is in print');
  await picture(page, 'situation-print');
  await page.context().close();
}

await drafter({ open, home, expect, accessible, picture });
await audit({ open, home, expect, accessible, picture });
await guarantees({ open, home, expect, accessible, picture });
await mission({ open, home, expect, accessible, picture });
await tampered({ open, home, program: process.env.PROGRAM, place: process.env.PLACE, expect, accessible, picture });

await browser.close();
if (faults.length > 0) {
  console.error(`\n${faults.length} faults\n${[...new Set(faults)].join('\n')}`);
  process.exit(1);
}
console.log('\nall as it should be');
