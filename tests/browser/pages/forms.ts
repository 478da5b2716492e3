/* What all forms have. */
import { expect, type Locator, type Page } from '@playwright/test'

export async function choose(page: Page, box: Locator, option: string | RegExp, { exact = false, force = false } = {}): Promise<void> {
  await expect(page.locator('.el-select__popper').filter({ visible: true })).toHaveCount(0) // the list before has faded away
  await box.click({ force }) // force: what is chosen now lies over the box
  await page.getByRole('option', { name: option, exact }).filter({ visible: true }).first().click()
}
