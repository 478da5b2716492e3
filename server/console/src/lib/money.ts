/* Money is integer fen everywhere; yuan exist only as text for people. */

const grouped = (digits: string) => digits.replace(/\B(?=(\d{3})+$)/g, ',')

/* A decimal number of `places` from an integer, grouped: (123456, 2) -> "1,234.56". */
export function decimal(value: number, places: number, group = true): string {
  const minus = value < 0
  const digits = String(Math.abs(value)).padStart(places + 1, '0')
  const whole = places ? digits.slice(0, -places) : digits
  const text = (group ? grouped(whole) : whole) + (places ? '.' + digits.slice(-places) : '')
  return minus ? '-' + text : text
}

/* The same without zeros at the end: (13070000, 4) -> "1,307". */
export function shortDecimal(value: number, places: number): string {
  const text = decimal(value, places)
  return places ? text.replace(/\.?0+$/, '') : text
}

export const yuan = (fen: number) => decimal(fen, 2)

/* What a person typed, as an integer of `places`; null when it is not such a number. Never goes through a float. */
export function parseDecimal(text: string, places: number): number | null {
  const plain = text.trim().replaceAll(',', '').replaceAll(',', '').replace(/^[¥¥]/, '')
  const m = /^(-?)(\d{1,12})(?:\.(\d*))?$/.exec(plain)
  if (!m || (m[3] ?? '').length > places) return null
  const value = Number(m[2] + (m[3] ?? '').padEnd(places, '0'))
  return m[1] ? -value : value
}

export const parseYuan = (text: string) => parseDecimal(text, 2)

/* Cash back for what was handed over; null: not enough. */
export function change(tendered: number, due: number): number | null {
  return tendered >= due ? tendered - due : null
}
