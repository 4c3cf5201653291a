// Takes a running server's pages and the texts of `drafts/`; walks the way of a drafter: paste a bad truce, see what cannot be
// watched and why, mend it step by step, see it clear, and try it on a scenario. Sends nothing but what a drafter would.
import { readFileSync } from 'node:fs';

const text = (name) => readFileSync(new URL(`drafts/${name}.md`, import.meta.url), 'utf8');
const PATIENCE_MS = 45_000;

/** The codes and words of the notes, once they are about the text as it stands. */
async function notes(page, wanted) {
  await page.waitForFunction((wanted) => wanted.every((words) => document.querySelector('#draft-pane')?.textContent.includes(words)), wanted, { timeout: PATIENCE_MS });
  return page.locator('#draft-pane .remark').evaluateAll((all) => all.map((one) => ({ line: one.querySelector('.where').textContent, code: one.querySelector('.mono:not(.where)').textContent, words: one.textContent })));
}

async function walk({ open, home, expect, accessible, picture }, { scheme, locale }) {
  const name = `drafter, ${locale.slice(0, 2)}, ${scheme}`;
  const shot = (step) => picture(page, `drafter-${step}-${locale.slice(0, 2)}-${scheme}`);
  const reads = (english, ukrainian) => (locale.startsWith('uk') ? ukrainian : english);
  const page = await open({ colorScheme: scheme, locale });
  await page.goto(`${home}?screen=draft`);
  const sheet = page.locator('.text .sheet textarea');
  await sheet.waitFor({ timeout: PATIENCE_MS });
  await page.locator('.begin button').nth(2).click();
  const emptied = page.waitForFunction(() => document.querySelector('.text .sheet textarea').value === '', null, { timeout: PATIENCE_MS });
  expect(await emptied.then(() => true, () => false), `${name}: one begins from nothing`);

  await sheet.fill(text('pasted'));
  const pasted = await notes(page, ['S001', 'B003']);
  const unwatched = pasted.filter((note) => note.code === 'B005');
  expect(unwatched.map((note) => note.line).join() === '3,5,9', `each paragraph that binds and has no rule is named, and no other (${unwatched.map((note) => note.line)})`);
  expect(unwatched.every((note) => note.words.includes(reads('nobody can be seen to keep or to break', 'не можна побачити ні дотримання, ні порушення'))), 'and why it cannot be watched');
  const tongues = await page.locator('#draft-pane .remark [lang]').evaluateAll((all) => [...new Set(all.map((one) => one.lang))]);
  expect(tongues.join() === locale.slice(0, 2), `every word of a note is in the language of the page, and says so (${tongues})`);
  expect(pasted.filter((note) => note.code === 'B003').map((note) => note.line).join() === '5,9', 'a reasonable time and no delay are no deadlines');
  await accessible(page, `${name}, pasted`);
  await shot('pasted');

  await page.locator('.mend button').click();
  const framed = await notes(page, ['in-force', 'standard']);
  const value = await sheet.inputValue();
  expect(value.includes('title: Ceasefire between the North and the South\n') && value.includes('## Article 4\n\nViolations must'), 'a frame takes the title and numbers the articles');
  const asked = framed.filter((note) => note.code === 'S003').map((note) => note.line);
  expect(asked.join() === '5,6,7,8' && !framed.some((note) => ['S001', 'S002'].includes(note.code)), `and asks for what only the authors know, once each (${asked})`);
  await shot('framed');

  await sheet.fill(text('half'));
  const half = await notes(page, ['B001', 'B006']);
  const blind = half.find((note) => note.code === 'B006');
  expect(blind.words.includes('1.1') && blind.words.includes(reads('what would make it monitorable', 'що зробило б спостереження можливим')), 'a clause that nobody is planned to see says what would make it visible');
  expect(half.some((note) => note.code === 'B001') && half.some((note) => note.code === 'B005'), 'a duty without a deadline and an article without a rule stay');
  await page.locator('#draft-pane .remark', { hasText: 'B001' }).click();
  const at = await sheet.evaluate((area) => area.value.slice(0, area.selectionStart).split('\n').length);
  expect(String(at) === half.find((note) => note.code === 'B001').line, `a note leads to its line (${at})`);
  await accessible(page, `${name}, half mended`);
  await shot('half');

  await sheet.fill(text('mended'));
  await page.waitForFunction(() => document.querySelector('#draft-pane .none') !== null && document.querySelector('#draft-pane .remark') === null, null, { timeout: PATIENCE_MS });
  expect((await page.locator('.tally :is(.error, .warning, .note)').count()) === 0, 'mended, it is clear');
  await accessible(page, `${name}, clear`);
  await shot('clear');
  await page.locator('#tab-rules').click();
  const read = await page.locator('#draft-pane li .sentence').allTextContents();
  expect(read.length === 10 && (locale.startsWith('uk') ? /[а-яіїє]/.test(read[2]) : read[2].includes(' must ')), `each rule is read back in the reader's language (${read[2]})`);

  await page.locator('#tab-trial').click();
  await page.locator('.trial textarea').fill(text('scenario'));
  const row = (rule) => page.locator('.outcome tbody tr', { hasText: rule });
  await row('3.6').first().waitFor({ timeout: PATIENCE_MS });
  const values = await page.locator('.outcome').evaluate((outcome) => {
    const cells = (tr) => [...tr.querySelectorAll('th, td')].map((cell) => cell.textContent.trim());
    return Object.fromEntries([...outcome.querySelectorAll('tbody tr')].map((tr) => [cells(tr)[0], cells(tr).slice(1)]));
  });
  const marks = (rule) => row(rule).first().locator('.end').count();
  expect((await row('1.1').first().locator('.end.breached').count()) === 1 && values['1.1'][1] === '2', `the clause that speaks is broken once, of two facts (${values['1.1']})`);
  expect((await marks('2.1')) >= 2 && (await row('2.1').first().locator('.end.breached').count()) === 0, `what nobody saw stays undetermined (${values['2.1'][0]})`);
  expect(Number(values['3.4'][3]) === 1 && Number(values['3.2'][3]) === 0, `a request starts one clock, and what did not happen starts none (${values['3.4']}; ${values['3.2']})`);
  expect((await page.locator('.outcome ul').last().textContent()).includes('3.2'), 'a clause that nothing touched is named');
  await accessible(page, `${name}, tried out`);
  await shot('tried');
  await page.context().close();
}

export async function drafter(tools) {
  await walk(tools, { scheme: 'light', locale: 'en-GB' });
  await walk(tools, { scheme: 'dark', locale: 'uk-UA' });
}
