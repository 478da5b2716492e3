/* The second factor as a person with an authenticator goes through it. */
import { createHmac } from 'node:crypto'
import { expect, type Page } from '@playwright/test'

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
/* Written from RFC 6238: SHA-1, 30 s, 6 digits. */
export function codeOf(secret: string, at: number): string {
  const key = Buffer.from([...secret].map((c) => letters.indexOf(c).toString(2).padStart(5, '0')).join('').match(/.{8}/g)!.map((x) => parseInt(x, 2)))
  const count = Buffer.alloc(8)
  count.writeBigUInt64BE(BigInt(Math.floor(at / 30e3)))
  const mac = createHmac('sha1', key).update(count).digest()
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1e6).padStart(6, '0')
}
export class SecondFactor {
  constructor(readonly page: Page, readonly now: () => number) {}
  get card() { return this.page.locator('[data-test="second-factor"]') }
  /* On the open set-up form; answers the spare codes. */
  async setUp(): Promise<string[]> {
    await expect(this.page.getByRole('img', { name: '两步验证二维码' })).toBeVisible()
    const secret = (await this.page.locator('[data-test="secret"]').textContent())!.replaceAll(' ', '')
    await this.page.getByLabel('填写验证器显示的 6 位数字').fill(codeOf(secret, this.now()))
    await this.page.getByRole('button', { name: '确认启用' }).click()
    const codes = this.page.locator('[data-test="once"] code')
    await expect(codes).toHaveCount(10)
    const spare = await codes.allTextContents()
    await this.page.getByRole('button', { name: '我已保存好' }).click()
    return spare
  }
  async prove(password: string): Promise<void> {
    const dialog = this.page.getByRole('dialog', { name: '再次验证身份' })
    await dialog.getByLabel('您的密码').fill(password)
    await dialog.getByRole('button', { name: '验证并继续' }).click()
  }
}
