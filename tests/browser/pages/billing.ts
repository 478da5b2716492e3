/* Bill runs: making one, and looking at one. */
import { expect, type Page } from '@playwright/test'

export class BillRuns {
  constructor(readonly page: Page) {}
  async start(day: string): Promise<void> {
    await this.page.getByRole('button', { name: '开始出账' }).click()
    const dialog = this.page.getByRole('dialog', { name: '开始出账' })
    await dialog.getByLabel('出账日').fill(day)
    await dialog.getByRole('button', { name: '试算' }).click()
    await expect(dialog.getByRole('status')).toContainText('张账单')
    await dialog.getByRole('button', { name: '生成账单' }).click()
  }
  async reaches(state: string): Promise<void> { await expect(this.page.locator(`[data-test="run"][data-state="${state}"]`)).toBeVisible({ timeout: 30e3 }) }
  step(name: string) { return this.page.locator('.page-acts').getByRole('button', { name }) }
}
