/* Forms and tables of the money pages: readings, charges, orders, invoices, the ledger. */
import { expect, type Locator, type Page } from '@playwright/test'
import { choose } from './forms'

export class MoneyPage {
  constructor(readonly page: Page) {}
  dialog(name: string) { return this.page.getByRole('dialog', { name, exact: true }) }
  row(text: string) { return this.page.getByRole('row').filter({ hasText: text }) }
  meter(serial: string) { return this.page.locator(`[data-meter="${serial}"]`) }
  async choose(dialog: Locator, label: string, option: string): Promise<void> {
    await choose(this.page, dialog.getByRole('combobox', { name: label }), option)
  }
  async room(dialog: Locator, name: string): Promise<void> {
    const box = dialog.getByRole('combobox', { name: '房间' })
    await box.click()
    await box.fill(name)
    await this.page.getByRole('option', { name, exact: true }).filter({ visible: true }).click()
  }
  /* Presses the dialog's own button and waits until it has done its work. */
  async submit(dialog: Locator, name: string): Promise<void> {
    await dialog.getByRole('button', { name, exact: true }).click()
    await expect(dialog).toBeHidden()
  }
  /* The request in this row is approved, and leaves the list of those that wait. */
  async approve(kind: string): Promise<void> {
    await this.row(kind).getByRole('button', { name: '通过' }).click()
    await this.page.getByRole('dialog').getByRole('button', { name: '通过' }).click()
    await expect(this.row(kind)).toHaveCount(0)
  }
}
