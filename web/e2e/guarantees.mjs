// Takes what the walk shares; walks the Guarantees screen: every layout, a clock with its arithmetic, another instant, keys, a
// phone, both languages, light and dark. Nothing where no page of guarantees is adopted.
export async function guarantees({ open, home, expect, accessible, picture }) {
  const go = async (page, query) => {
    await page.goto(home + query);
    await page.locator('main :is(h2, .empty)').first().waitFor();
  };
  const here = (page) => page.evaluate(() => location.href);
  const first = await open();
  await go(first, '?screen=guarantees');
  const adopted = (await first.locator('.tally').count()) > 0;
  if (!adopted) expect((await first.locator('main .empty').count()) === 1, 'guarantees: the page says that none are recorded');
  await first.context().close();
  if (!adopted) return;

  for (const scheme of ['light', 'dark']) {
    const page = await open({ colorScheme: scheme });
    await go(page, '?screen=guarantees');
    const clocks = await page.evaluate(() => fetch('api/v1/guarantees').then((answer) => answer.json()).then((found) => found.clocks.length));
    expect((await page.locator('section[aria-labelledby=clocks-of-guarantors] tbody tr').count()) >= Math.min(1, clocks), `guarantees, ${scheme}: clocks are listed`);
    await accessible(page, `guarantees, ${scheme}`);
    await picture(page, `guarantees-${scheme}`);
    if (clocks > 0) {
      await page.locator('section[aria-labelledby=clocks-of-guarantors] tbody button').first().click();
      expect((await page.locator('.pane dd.mono').first().textContent()).includes('='), `guarantees, ${scheme}: a clock shows its arithmetic`);
      await accessible(page, `a clock of a guarantor, ${scheme}`);
      await picture(page, `guarantees-clock-${scheme}`);
    }
    expect((await page.locator('.class[data-class]').count()) === 1, `guarantees, ${scheme}: the data class is on the page`);
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    expect(new URL(await here(page)).searchParams.get('open') !== null, 'j opens the first promise');
    for (const by of ['clause', 'due', 'documents']) {
      await page.keyboard.press('b');
      expect(new URL(await here(page)).searchParams.get('by') === by, `b lays out ${by}`);
    }
    await accessible(page, `documents of guarantors, ${scheme}`);
    await picture(page, `guarantees-documents-${scheme}`);
    await page.keyboard.press('b');
    await page.locator('section[aria-labelledby=typed-notices]').waitFor();
    await page.keyboard.press('b');
    await page.locator('section[aria-labelledby=alerts]').waitFor();
    await page.locator('.proof summary').click();
    await page.locator('.proof input').fill('backstop-onlooker-1.x');
    await page.locator('.proof form button').click();
    expect((await page.locator('.proof [role=alert]').textContent()).includes('proves nobody'), `guarantees, ${scheme}: a proof that does not hold is refused`);
    await accessible(page, `alerts, ${scheme}`);
    await picture(page, `guarantees-alerts-${scheme}`);
    await page.context().close();
  }

  const phone = await open({ locale: 'uk-UA', viewport: { width: 390, height: 844 } });
  await go(phone, '?screen=guarantees');
  const wide = await phone.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wide <= 0, `guarantees: nothing sticks out at 390 px (${wide})`);
  await accessible(phone, 'guarantees, phone, uk');
  await picture(phone, 'guarantees-phone-uk');
  await phone.context().close();

  const then = await open();
  await go(then, '?screen=guarantees&at=1999-01-01T00:00:00Z');
  expect((await then.locator('main .empty').count()) === 1, 'guarantees: as of an instant before the page was adopted there are none');
  await then.context().close();
}
