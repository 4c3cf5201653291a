// Takes what the walk shares; walks the Mission screen: each tab, another instant, a phone, both languages, light and dark, print,
// and what happens when the server does not answer. Nothing where no page of guarantees is adopted.
export async function mission({ open, home, expect, accessible, picture }) {
  const go = async (page, query) => {
    await page.goto(home + query);
    await page.locator('main :is(.tally, .empty, .coverage tbody tr)').first().waitFor();
  };
  await coverage({ open, go, expect, accessible, picture });
  const first = await open();
  await go(first, '?screen=mission&tab=forces');
  const adopted = (await first.locator('.tally').count()) > 0;
  if (!adopted) expect((await first.locator('main .empty').count()) === 1, 'mission: the page says that none are recorded');
  await first.context().close();
  if (!adopted) return;

  for (const scheme of ['light', 'dark']) {
    const page = await open({ colorScheme: scheme });
    await go(page, '?screen=mission&tab=forces');
    const found = await page.evaluate(() => fetch('api/v1/strength').then((answer) => answer.json()));
    const rows = found.forces.reduce((sum, force) => sum + force.needs.length, 0);
    expect((await page.locator('main table tbody tr').count()) === rows, `mission, ${scheme}: every domain has its row (${rows})`);
    await accessible(page, `forces, ${scheme}`);
    await picture(page, `mission-forces-${scheme}`);
    for (const summary of await page.locator('summary').all()) await summary.click();
    await accessible(page, `pledges, ${scheme}`);
    await page.getByRole('tab').nth(2).click();
    expect(new URL(await page.evaluate(() => location.href)).searchParams.get('tab') === 'hubs', `mission, ${scheme}: the tab stands in the address`);
    expect((await page.locator('main section').count()) === found.sites.length, `mission, ${scheme}: every site is listed (${found.sites.length})`);
    await accessible(page, `hubs, ${scheme}`);
    await picture(page, `mission-hubs-${scheme}`);
    expect((await page.locator('.class[data-class]').count()) === 1, `mission, ${scheme}: the data class is on the page`);
    await page.emulateMedia({ media: 'print' });
    await picture(page, `mission-hubs-print-${scheme}`);
    await page.context().close();
  }

  const phone = await open({ locale: 'uk-UA', viewport: { width: 390, height: 844 } });
  for (const tab of ['forces', 'hubs']) {
    await go(phone, `?screen=mission&tab=${tab}`);
    const wide = await phone.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(wide <= 0, `mission, ${tab}: nothing sticks out at 390 px (${wide})`);
    await accessible(phone, `mission, ${tab}, phone, uk`);
    await picture(phone, `mission-${tab}-phone-uk`);
  }
  await phone.context().close();

  const then = await open();
  await go(then, '?screen=mission&tab=forces&at=1999-01-01T00:00:00Z');
  expect((await then.locator('main .empty').count()) === 1, 'mission: as of an instant before the page was adopted there are none');
  await then.route('**/api/v1/strength*', (route) => route.fulfill({ status: 400, contentType: 'application/json', body: '{"schema":"backstop.problem/1","message":"others are being looked at"}' }));
  await then.goto(`${home}?screen=mission&tab=forces`);
  await then.getByText('others are being looked at').first().waitFor();
  expect(true, 'mission: an error is told in the page');
  await then.context().close();
}

/** The coverage part: every sector a row, what is said of each as the server says it, maps, another act, a phone. */
async function coverage({ open, go, expect, accessible, picture }) {
  for (const scheme of ['light', 'dark']) {
    const page = await open({ colorScheme: scheme });
    await go(page, '?screen=mission');
    const ask = (path) => page.evaluate((path) => fetch(path).then((answer) => answer.json()), path);
    const [watched, surveys] = [await ask('api/v1/coverage'), await ask('api/v1/coverage/survey')];
    if (watched.sectors.length === 0) {
      expect((await page.locator('main .empty').count()) === 1, 'coverage: the page says that no area is declared');
      await page.context().close();
      return;
    }
    const rows = page.locator('.coverage tbody tr');
    expect((await rows.count()) === watched.sectors.length, `coverage, ${scheme}: every sector has its row (${watched.sectors.length})`);
    if (surveys.detection == null) {
      expect((await page.locator('.cannot').count()) === 1, `coverage, ${scheme}: what would have been seen cannot be told, and the page says so`);
      await page.context().close();
      return;
    }
    await page.locator('.opened figure svg').waitFor();
    const least = surveys.sectors.toSorted((a, b) => a.seen_ppm - b.seen_ppm)[0].name;
    expect((await rows.first().textContent()).includes(least), `coverage, ${scheme}: the blindest sector stands first (${least})`);
    await accessible(page, `coverage, ${scheme}`);
    await picture(page, `mission-coverage-${scheme}`);
    await rows.last().getByRole('button').click();
    expect((await page.locator('.opened h3').textContent()) === (await rows.last().getByRole('button').textContent()), `coverage, ${scheme}: a sector opens`);
    for (const mode of [1, 2]) {
      await page.locator('.modes button').nth(mode).click();
      expect((await page.locator('.opened svg[role="img"] rect').count()) > 0, `coverage, ${scheme}: map ${mode} is drawn`);
    }
    await accessible(page, `coverage, thresholds, ${scheme}`);
    await picture(page, `mission-coverage-thresholds-${scheme}`);
    const other = surveys.acts.find((one) => one.act !== surveys.act);
    if (other !== undefined) {
      await page.locator('.about select').selectOption(other.act);
      expect(new URL(await page.evaluate(() => location.href)).searchParams.get('act') === other.act, `coverage, ${scheme}: the act stands in the address (${other.act})`);
    }
    await page.context().close();
  }
  const phone = await open({ locale: 'uk-UA', viewport: { width: 390, height: 844 } });
  await go(phone, '?screen=mission');
  const wide = await phone.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wide <= 0, `coverage: nothing sticks out at 390 px (${wide})`);
  await accessible(phone, 'coverage, phone, uk');
  await picture(phone, 'mission-coverage-phone-uk');
  await phone.context().close();
}
