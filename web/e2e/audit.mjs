// Takes a way to open pages; looks at the Audit screen as a person would: the log proved here, an entry with its receipt, a
// genuine receipt dropped and a forged one. Where the build has no verifier it looks whether the page says so.

import { spawnSync } from 'node:child_process';

const PATIENCE_MS = 45_000;

/** Answers of the newest thing that was dropped, by question. */
async function answers(page, count) {
  await page.waitForFunction((n) => document.querySelectorAll('[data-verified]').length === n, count, { timeout: PATIENCE_MS });
  return page.evaluate(() => Object.fromEntries([...document.querySelector('[data-verified]').querySelectorAll('[data-question]')].map((one) => [one.dataset.question, one.dataset.answer])));
}

export async function audit({ open, home, expect, accessible, picture }) {
  for (const scheme of ['light', 'dark']) {
    const page = await open({ colorScheme: scheme, acceptDownloads: true });
    const here = () => page.evaluate(() => location.href);
    await page.goto(`${home}?screen=audit`);
    const has = await page.evaluate(() => fetch('verifier.wasm').then((answer) => answer.arrayBuffer()).then((bytes) => new Uint8Array(bytes)[1] === 0x61));
    if (!has) {
      await page.getByText('Offline verification is not part of this build').first().waitFor({ timeout: PATIENCE_MS });
      expect(true, `audit, ${scheme}: without a verifier the page says so`);
      await accessible(page, `audit without a verifier, ${scheme}`);
      await page.context().close();
      continue;
    }
    const keys = await page.evaluate(() => Promise.all(['log.pub', 'log.key', 'author.key', '..%2Fstore.toml'].map((name) => fetch(`keys/${name}`).then((answer) => answer.status))));
    expect(JSON.stringify(keys) === '[200,404,404,404]', `audit, ${scheme}: public keys are served, and nothing else beside them (${keys})`);
    await page.locator('.rows tbody td.mono').first().waitFor({ timeout: PATIENCE_MS });
    const rows = await page.locator('.rows tbody tr').count();
    expect(rows > 0, `audit, ${scheme}: ${rows} entries, each proved in the browser`);
    await page.locator('.rows tbody td.about:not(.muted)').first().waitFor({ timeout: PATIENCE_MS });
    // Read at once: the list may grow while one looks.
    const told = await page.locator('.rows tbody tr').evaluateAll((all) =>
      all.map(({ cells }) => ({ kind: cells[1].innerText.trim(), about: cells[2].innerText.trim(), open: !cells[2].classList.contains('muted') })),
    );
    const silent = told.filter((one) => one.about === '');
    expect(silent.length === 0, `audit, ${scheme}: each entry says in a few words what it is about (${JSON.stringify(silent)})`);
    // Of the demo's entries an alert alone is not for everyone.
    const closed = told.filter((one) => !one.open && !one.kind.startsWith('alert.'));
    expect(closed.length === 0, `audit, ${scheme}: what is for everyone is open (${JSON.stringify(closed)})`);
    expect((await page.locator('[data-question="head"]').getAttribute('data-answer')) === 'yes', `audit, ${scheme}: the head is signed by the log's key`);
    expect((await page.locator('[data-question="others"]').first().getAttribute('data-answer')) === 'cannot_tell', `audit, ${scheme}: without witnesses it cannot tell whether others saw the log`);
    expect((await page.locator('.class[data-class]').count()) === 1, `audit, ${scheme}: the data class is on the page`);
    await accessible(page, `audit log, ${scheme}`);
    await picture(page, `audit-log-${scheme}`);

    // An entry is looked up, and its receipt kept.
    await page.locator('#entry-number').fill('7');
    await page.locator('.bar form button').click();
    await page.locator('.one [data-question="entry"][data-answer="yes"]').waitFor({ timeout: PATIENCE_MS });
    expect((await here()).includes('open=7'), 'an entry that is looked up is in the address');
    const download = page.waitForEvent('download');
    await page.locator('.one .save').click();
    const stream = await (await download).createReadStream();
    let receipt = '';
    for await (const piece of stream) receipt += piece;
    await page.locator('.audit h2').click();
    await page.keyboard.press('.');
    await page.locator('.one pre').first().waitFor();
    expect((await page.locator('.one pre').first().textContent()).includes('"commitment"'), '. shows the entry as it is');
    await accessible(page, `an entry, ${scheme}`);
    await picture(page, `audit-entry-${scheme}`);

    // The receipt is dropped as it is, then with one hash changed, then with its head changed.
    await page.keyboard.press('v');
    await page.locator('.drop').waitFor();
    const drop = (name, text) => page.locator('#verify-files').setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
    await drop('entry-7.tlog-proof', receipt);
    const good = await answers(page, 1);
    expect(good.bytes === 'yes' && good.log === 'yes' && good.others === 'cannot_tell' && good.held === 'yes', `a genuine receipt: ${JSON.stringify(good)}`);
    const lines = receipt.split('\n');
    const hash = lines.findIndex((line, at) => at > 1 && /^[A-Za-z0-9+/]{43}=$/.test(line));
    const changed = lines.with(hash, (lines[hash][0] === 'A' ? 'B' : 'A') + lines[hash].slice(1)).join('\n');
    await drop('forged.tlog-proof', changed);
    const forged = await answers(page, 2);
    expect(forged.bytes === 'no' && forged.log === 'no', `a receipt with another hash: ${JSON.stringify(forged)}`);
    await drop('forged-head.tlog-proof', receipt.replace(/\n(\d+)\n/, (_, size) => `\n${Number(size) + 1}\n`));
    const head = await answers(page, 3);
    expect(head.log === 'no', `a receipt with another head: ${JSON.stringify(head)}`);
    await drop('unknown.csv', 'a,b\n1,2\n');
    const alone = await answers(page, 4);
    expect(alone.bytes === 'cannot_tell', `a file with nothing beside it: ${JSON.stringify(alone)}`);
    await drop('kept.checkpoint', receipt.split('\n\n').slice(1).join('\n\n'));
    const kept = await answers(page, 5);
    expect(kept.held === 'yes', `a head that was kept: ${JSON.stringify(kept)}`);
    await accessible(page, `verify a file, ${scheme}`);
    await picture(page, `audit-verify-${scheme}`);

    // Everything that this log gave out is made again here; then, with the network cut, what a dropped folder holds.
    await page.goto(`${home}?screen=audit&pane=derive`);
    const derived = (n) => page.waitForFunction((count) => document.querySelectorAll('[data-derived]').length === count, n, { timeout: 120_000 });
    const said = () => page.evaluate(() => Object.fromEntries([...document.querySelector('[data-derived]').querySelectorAll('[data-question]')].map((one) => [one.dataset.question, one.dataset.answer])));
    await page.locator('.derive .button:not([disabled])').click({ timeout: PATIENCE_MS });
    await derived(1);
    const own = await said();
    expect(own.head === 'yes' && own.unchanged === 'yes' && own.follows === 'yes', `this log's results, derived in the browser: ${JSON.stringify(own)}`);
    const folder = new URL('../../replays/varo-small', import.meta.url).pathname;
    await page.context().setOffline(true);
    await page.locator('#derive-folder').setInputFiles(folder);
    await derived(2);
    const dropped = await said();
    expect(dropped.head === 'cannot_tell' && dropped.unchanged === 'yes' && dropped.follows === 'yes', `a dropped mirror, offline: ${JSON.stringify(dropped)}`);
    await page.context().setOffline(false);
    await accessible(page, `derive again, ${scheme}`);
    await picture(page, `audit-derive-${scheme}`);

    await page.locator('.audit h2').click();
    await page.keyboard.press('w');
    expect((await here()).includes('pane=witnesses'), 'w goes to the witnesses');
    await page.locator('#audit-pane').getByText('the operator alone vouches').first().waitFor();
    await accessible(page, `witnesses, ${scheme}`);
    await picture(page, `audit-witnesses-${scheme}`);
    await page.goto(`${home}?screen=audit&pane=contests`);
    await page.locator('.contests').waitFor();
    await accessible(page, `contests, ${scheme}`);
    await page.context().close();
  }

  const page = await open({ locale: 'uk-UA', viewport: { width: 900, height: 900 } });
  await page.goto(`${home}?screen=audit&open=3`);
  await page.locator('.audit h2').waitFor({ timeout: PATIENCE_MS });
  await page.waitForTimeout(1500);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wide <= 0, `audit: nothing sticks out at 900 px (${wide})`);
  await accessible(page, 'audit, narrow, uk');
  await picture(page, 'audit-uk');
  await page.context().close();
}

/** Changes a byte in the record of the running demo, as `backstop demo tamper` does, and looks whether the page says so. Comes last. */
export async function tampered({ open, home, program, place, expect, accessible, picture }) {
  if (program === undefined || place === undefined) {
    console.log('skipped: no PROGRAM, or no PLACE where the store of this demo lies');
    return;
  }
  // What a record says that was tampered with cannot be read out to the page.
  const page = await open({ colorScheme: 'light' }, /status of 500.*\/payloads\//);
  await page.goto(`${home}?screen=audit`);
  const runs = page.getByRole('button', { name: 'Audit again' });
  await page.locator('.side [data-question="unchanged"][data-answer="yes"]').last().waitFor({ timeout: PATIENCE_MS });
  const said = spawnSync(program, ['demo', 'tamper', '--in-place', '--yes'], { encoding: 'utf8', env: { ...process.env, TMPDIR: place } });
  expect(/changed +byte/.test(said.stdout), `demo tamper changes a byte: ${said.stdout}${said.stderr}`);
  const entry = /in entry (\d+)/.exec(said.stdout)?.[1];
  await runs.click();
  await page.locator('.side [data-question="unchanged"][data-answer="no"]').waitFor({ timeout: PATIENCE_MS });
  expect((await page.locator('.side [data-question="follows"]').last().getAttribute('data-answer')) === 'no', 'and that the results do not follow');
  const found = await page.locator('.side .note.no').first().textContent();
  expect(new RegExp(`\\b${entry}\\b.*byte`, 's').test(found.replaceAll(/(?<=\d)[\s,.](?=\d{3})/g, '')), `Audit names entry ${entry} and the byte: ${found}`);
  expect((await page.locator('.side .note.no a').first().getAttribute('href')).includes(`open=${entry}`), 'and leads to it');
  await accessible(page, 'audit of a changed record');
  await picture(page, 'audit-tampered');
  await page.context().close();
}
