/* The repair board as a dispatcher sees it. */
import { expect, type Page } from '@playwright/test'

export class Board {
  constructor(readonly page: Page) {}
  card(number: string) { return this.page.locator(`[data-repair="${number}"]`) }
  lane(name: 'waiting' | 'assigned' | 'working' | 'checking') { return this.page.locator(`[data-lane="${name}"]`) }
  async dispatch(number: string, technician: string): Promise<void> {
    await this.card(number).getByRole('button', { name: '派单' }).click()
    const dialog = this.page.getByRole('dialog', { name: `派单 ${number}` })
    await dialog.getByRole('button', { name: `派给${technician}` }).click()
    await expect(dialog).toBeHidden()
  }
  async open(number: string) {
    await this.card(number).getByRole('button', { name: number }).click()
    const drawer = this.page.getByRole('dialog', { name: number })
    await expect(drawer).toBeVisible()
    return drawer
  }
}
export class Dashboard {
  constructor(readonly page: Page) {}
  tile(key: string) { return this.page.locator(`[data-tile="${key}"] b`) }
}
