/* The import wizard. */
import { expect, type Page } from '@playwright/test'

export class Imports {
  constructor(readonly page: Page) {}
  get task() { return this.page.locator('[data-test="import"]') }
  async upload(name: string, buffer: Buffer): Promise<void> {
    await this.page.getByLabel('把 xlsx 或 csv 文件拖到这里').setInputFiles({ name, mimeType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', buffer })
  }
  async settled(state: string): Promise<void> {
    await expect(this.page.locator(`[data-test="import"][data-state="${state}"][data-step=""]`)).toBeVisible({ timeout: 30e3 })
  }
}
