import { describe, expect, it } from 'vitest'
import type { Roster } from '@/api/gen'
import { clockOn, ofDay, planDays, planSlots } from './roster'

const row = (x: Partial<Roster>): Roster => ({ id: '1', account_id: '7', person: '陈', project_id: '1', project: '', day: 20261127, from: '2026-11-27T08:00:00.000+08:00', to: '2026-11-27T12:00:00.000+08:00', kind: 'work', state: 'approved', name: '早班', note: '', decided_by: null, version: 1, ...x })
const leave = row({ kind: 'leave', from: '2026-11-27T13:00:00.000+08:00', to: '2026-11-30T00:00:00.000+08:00' })
const night = row({ from: '2026-11-27T20:00:00.000+08:00', to: '2026-11-28T06:00:00.000+08:00' })

describe('the roster of a day', () => {
  it('has leave on every day it touches, and work on the day it begins', () => {
    const of = (d: number) => ofDay([leave, night], d).length
    expect([of(20261126), of(20261127), of(20261128), of(20261129), of(20261130)]).toEqual([0, 2, 1, 1, 0])
  })
  it('says the day of what lies on another one', () => {
    expect(clockOn(20261127, night.from)).toBe('20:00')
    expect(clockOn(20261127, night.to)).toBe('2026-11-28 06:00')
  })
})

describe('planning', () => {
  const p = { account_id: '7', from_day: 20261127, to_day: 20261128, from_min: 780, to_min: 1080, kind: 'work' as const, name: '' }
  it('keeps what else somebody has on those days', () => {
    const there = [row({}), row({ account_id: '8' }), leave, row({ day: 20261129 })]
    expect(planSlots(p, there).map((s) => [s.day, s.from_min, s.to_min, s.name])).toEqual([[20261127, 480, 720, '早班'], [20261127, 780, 1080, ''], [20261128, 780, 1080, '']])
  })
  it('replaces what overlaps', () => expect(planSlots({ ...p, to_day: 20261127, from_min: 540 }, [row({}), night])).toHaveLength(2))
  it('goes past midnight when the end is not after the begin', () => {
    expect(planSlots({ ...p, to_day: 20261127, from_min: 1200, to_min: 360 }, [row({})]).map((s) => [s.from_min, s.to_min])).toEqual([[480, 720], [1200, 1800]])
  })
  it('counts its days', () => expect([planDays(p), planDays({ ...p, to_day: 20261231 }), planDays({ ...p, to_day: 20261126 })]).toEqual([2, 35, 0]))
})
