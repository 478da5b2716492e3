/* The counter, by keys only. */
import { expect, type Page } from '@playwright/test'

export class Counter {
  constructor(readonly page: Page) {}
  get due() { return this.page.locator('[data-test="due"]') }
  get paid() { return this.page.locator('[data-test="paid"]') }
  get change() { return this.page.locator('[data-test="change"]') }
  async find(text: string): Promise<void> {
    await this.page.keyboard.press('F2')
    await this.page.keyboard.type(text)
    await expect(this.page.getByRole('option').first()).toBeVisible()
    await this.page.keyboard.press('Enter')
    await expect(this.page.getByLabel('实收现金')).toBeFocused()
  }
}
