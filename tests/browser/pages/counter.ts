/* The counter, by keys only. */
import { expect, type Page } from '@playwright/test'

export class Counter {
  constructor(readonly page: Page) {}
  get due() { return this.page.locator('[data-test="due"]') }
  get paid() { return this.page.locator('[data-test="paid"]') }
  get change() { return this.page.locator('[data-test="change"]') }
  async find(text: string): Promise<void> {
    const box = this.page.getByLabel('查找房间')
    await expect(box).toBeVisible() // the page before has keys of its own
    await this.page.keyboard.press('F2')
    await expect(box).toBeFocused()
    await this.page.keyboard.type(text)
    await expect(this.page.getByRole('option').first()).toBeVisible()
    await this.page.keyboard.press('Enter')
    await expect(this.page.getByLabel('实收现金')).toBeFocused()
  }
}
