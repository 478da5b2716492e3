import { describe, expect, it } from 'vitest'
import type { Bill, Room } from '@/api/gen'
import { dueOf, nearest, nextMethod, sumDue } from './due'

const bill = (x: Partial<Bill>) => ({ amount_fen: 0, paid_fen: 0, late_fen: 0, late_waived_fen: 0, late_paid_fen: 0, ...x }) as Bill
const room = (full_name: string) => ({ full_name }) as Room

describe('the counter', () => {
  it('asks for what is left of a bill and of its late fee', () => {
    expect(dueOf(bill({ amount_fen: 10000, paid_fen: 4000, late_fen: 500, late_waived_fen: 200, late_paid_fen: 100 }))).toBe(6200)
    expect(sumDue([bill({ amount_fen: 1 }), bill({ amount_fen: 2 })])).toBe(3)
  })
  it('puts the room that was meant first', () => {
    const rooms = ['1\u680b2\u5355\u5143101', '12\u680b1\u5355\u5143101', '2\u680b1\u5355\u5143101'].map(room)
    expect(nearest(rooms, '2-1-101')[0]).toBe(rooms[2])
    expect(nearest(rooms, '2\u680b1\u5355\u5143101')[0]).toBe(rooms[2])
    expect(nearest(rooms, '101')).toEqual(rooms)
  })
  it('goes round the methods', () => expect([nextMethod('cash'), nextMethod('alipay')]).toEqual(['card', 'cash']))
})
