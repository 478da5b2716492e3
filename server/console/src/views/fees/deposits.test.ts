import { describe, expect, it } from 'vitest'
import type { BillLine } from '@/api/gen'
import { depositsOf } from './deposits'

const line = (n: number, amount_fen: number, more: Partial<BillLine> = {}) => ({ n, kind: 'charge', item_id: '1', ref_id: '9', period_from: 20261101, amount_fen, deposit: true, ...more }) as BillLine

describe('the deposits of a bill', () => {
  it('are its charges, less what was adjusted', () => {
    const all = [line(1, 50000), line(2, 30000, { item_id: '2', deposit: false }), line(3, -10000, { kind: 'adjust' }), line(4, 20000, { ref_id: '8' })]
    expect(depositsOf(all).map((d) => [d.line.n, d.fen])).toEqual([[1, 40000], [4, 20000]])
  })
})
