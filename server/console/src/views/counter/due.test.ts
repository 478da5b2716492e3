import { describe, expect, it } from 'vitest'
import type { Bill, Room } from '@/api/gen'
import { nearest, nextMethod, oldest, sumDue } from './due'

const bill = (x: Partial<Bill>) => x as Bill
const room = (full_name: string) => ({ full_name }) as Room

describe('the counter', () => {
  it('asks for what the server says is left of each bill, the oldest first', () => {
    expect(sumDue([bill({ due_fen: 1 }), bill({ due_fen: 2 })])).toBe(3)
    expect(oldest([bill({ id: '1', due_day: 20260301, period_from: 1 }), bill({ id: '2', due_day: 20260101, period_from: 2 }), bill({ id: '3', due_day: 20260101, period_from: 1 })]).map((b) => b.id)).toEqual(['3', '2', '1'])
  })
  it('puts the room that was meant first', () => {
    const rooms = ['1\u680b2\u5355\u5143101', '12\u680b1\u5355\u5143101', '2\u680b1\u5355\u5143101'].map(room)
    expect(nearest(rooms, '2-1-101')[0]).toBe(rooms[2])
    expect(nearest(rooms, '2\u680b1\u5355\u5143101')[0]).toBe(rooms[2])
    expect(nearest(rooms, '101')).toEqual(rooms)
  })
  it('goes round the methods', () => expect([nextMethod('cash'), nextMethod('alipay')]).toEqual(['card', 'cash']))
})
