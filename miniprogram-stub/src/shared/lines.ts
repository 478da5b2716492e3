/** The lines of a finished job as they are typed, and as the server wants them. */
import { fen, lineAmount, thousandths } from './money'

export interface Line { kind: 'labour' | 'material'; material: string; name: string; qty: string; price: string }
export interface LineInput { kind: 'labour' | 'material'; qty_e3: number; price_fen: number; material_id?: string; name?: string }

const amount = (l: Line): number | null => {
  const q = thousandths(l.qty), p = fen(l.price)
  return q === null || p === null || q === 0 ? null : lineAmount(q, p)
}
export const lineOk = (l: Line): boolean => amount(l) !== null && (l.kind === 'labour' ? l.name.trim() !== '' : l.material !== '')
export const linesTotal = (all: readonly Line[]): number => all.reduce((n, l) => n + (amount(l) ?? 0), 0)
/** null: something is missing in one of them */
export function lineInputs(all: readonly Line[]): LineInput[] | null {
  if (!all.every(lineOk)) return null
  return all.map((l) => ({
    kind: l.kind,
    qty_e3: thousandths(l.qty)!,
    price_fen: fen(l.price)!,
    ...(l.kind === 'material' ? { material_id: l.material } : { name: l.name.trim() }),
  }))
}
