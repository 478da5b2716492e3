/* The queue of complaints. */
import { expect, type Page } from '@playwright/test'

export class Complaints {
  constructor(readonly page: Page) {}
  row(title: string) { return this.page.getByRole('row').filter({ hasText: title }) }
  async open(title: string) {
    await this.row(title).click()
    const drawer = this.page.getByRole('dialog').filter({ hasText: title })
    await expect(drawer).toBeVisible()
    return drawer
  }
  /* A step of the open complaint; fill answers the questions it asks. */
  async step(title: string, name: string, fill: (dialog: ReturnType<Page['getByRole']>) => Promise<void>): Promise<void> {
    const drawer = this.page.locator('.el-drawer').filter({ hasText: title })
    await drawer.getByRole('button', { name, exact: true }).click()
    const dialog = this.page.getByRole('dialog', { name, exact: true })
    await fill(dialog)
    await dialog.getByRole('button', { name, exact: true }).click()
    await expect(dialog).toBeHidden()
  }
}
