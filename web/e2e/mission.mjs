// Takes what the walk shares; walks the Mission screen: each tab, another instant, a phone, both languages, light and dark, print,
// and what happens when the server does not answer. Nothing where no page of guarantees is adopted.
export async function mission({ open, home, expect, accessible, picture }) {
  const go = async (page, query) => {
    await page.goto(home + query);
    await page.locator('main :is(h2, .empty)').first().waitFor();
  };
  const first = await open();
  await go(first, '?screen=mission');
  const adopted = (await first.locator('.tally').count()) > 0;
  if (!adopted) expect((await first.locator('main .empty').count()) === 1, 'mission: the page says that none are recorded');
  await first.context().close();
  if (!adopted) return;

  for (const scheme of ['light', 'dark']) {
    const page = await open({ colorScheme: scheme });
    await go(page, '?screen=mission');
    const found = await page.evaluate(() => fetch('api/v1/strength').then((answer) => answer.json()));
    const rows = found.forces.reduce((sum, force) => sum + force.needs.length, 0);
    expect((await page.locator('main table tbody tr').count()) === rows, `mission, ${scheme}: every domain has its row (${rows})`);
    await accessible(page, `forces, ${scheme}`);
    await picture(page, `mission-forces-${scheme}`);
    for (const summary of await page.locator('summary').all()) await summary.click();
    await accessible(page, `pledges, ${scheme}`);
    await page.getByRole('tab').nth(1).click();
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
  await go(then, '?screen=mission&at=1999-01-01T00:00:00Z');
  expect((await then.locator('main .empty').count()) === 1, 'mission: as of an instant before the page was adopted there are none');
  await then.route('**/api/v1/strength*', (route) => route.fulfill({ status: 400, contentType: 'application/json', body: '{"schema":"backstop.problem/1","message":"others are being looked at"}' }));
  await then.goto(`${home}?screen=mission`);
  await then.getByText('others are being looked at').first().waitFor();
  expect(true, 'mission: an error is told in the page');
  await then.context().close();
}
