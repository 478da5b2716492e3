import type { BillLine } from '@/api/gen'

/* The deposits of a bill, with what is left of each after its adjustments: those are no deposits of their own. */
export function depositsOf(lines: readonly BillLine[]): Array<{ line: BillLine; fen: number }> {
  const same = (a: BillLine, b: BillLine) => a.item_id === b.item_id && a.ref_id === b.ref_id && a.period_from === b.period_from
  return lines.filter((l) => l.deposit && l.kind === 'charge').map((line) => ({ line, fen: lines.filter((x) => x.deposit && same(x, line)).reduce((n, x) => n + x.amount_fen, 0) }))
}
