/** Money is integer fen (1/100 yuan) everywhere; these are the only two places where it meets text. */

/** 26850 -> "268.50", 123456789 -> "1,234,567.89", -105 -> "-1.05" */
export function yuan(fen: number): string {
  const sign = fen < 0 ? '-' : ''
  const n = Math.abs(Math.trunc(fen))
  const whole = String(Math.floor(n / 100)).replace(/\B(?=(\d{3})+$)/g, ',')
  return `${sign}${whole}.${String(n % 100).padStart(2, '0')}`
}

/** What somebody typed, in yuan, as fen; null when it is not an amount. No floating point on the way. */
export function fen(text: string): number | null {
  const m = /^\s*(\d{1,9})(?:\.(\d{1,2}))?\s*$/.exec(text)
  if (!m) return null
  return Number(m[1]) * 100 + Number((m[2] ?? '').padEnd(2, '0'))
}

/** Quantities are thousandths: 1500 -> "1.5" */
export const quantity = (e3: number): string => String(e3 / 1000)
export const thousandths = (text: string): number | null => {
  const m = /^\s*(\d{1,6})(?:\.(\d{1,3}))?\s*$/.exec(text)
  return m ? Number(m[1]) * 1000 + Number((m[2] ?? '').padEnd(3, '0')) : null
}

/** qty in thousandths times price in fen, rounded half up to a fen: as the server does it */
export const lineAmount = (qtyE3: number, priceFen: number): number => Math.floor((qtyE3 * priceFen + 500) / 1000)
