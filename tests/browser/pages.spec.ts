/* Every page of the menu, by somebody who may see it: it opens, says what it is, and axe finds nothing serious. */
import { test } from '@playwright/test'
import { accessible, expect, leave, live, logIn, start, visit, type World } from './world'

let w: World
test.beforeAll(async () => { w = await start() })
test.afterAll(async () => { await w.stop() })

for (const [who, mode] of [['manager', {}], ['admin', { colorScheme: 'dark' as const }]] as const)
  test(`every page opens for ${who}${'colorScheme' in mode ? ' in the dark' : ''}`, async ({ browser }) => {
    test.setTimeout(300e3)
    const p = await logIn(browser, w, who, mode)
    await live(p)
    const links = p.page.getByRole('navigation', { name: '主菜单' }).getByRole('link')
    const paths = await links.evaluateAll((list) => list.map((a) => a.getAttribute('href')!.slice(1)))
    expect(paths.length).toBeGreaterThan(25)
    for (const path of [...paths, '/inbox', '/me']) {
      await visit(p, w, path)
      await expect(p.page.locator('.skeleton')).toHaveCount(0)
      await expect(p.page.locator('main [role="alert"]')).toHaveCount(0)
      await accessible(p.page, path)
    }
    await leave(p)
  })
