import { describe, expect, it } from 'vitest'
import { ops, roleBits, type Role } from '@/api/gen'
import { bitsOf, may } from '@/api/rights'
import { parseTiers } from '@/views/fees/feeFields'
import { pages } from './pages'

const sees = (role: Role) => pages.filter((p) => p.group && may(bitsOf([role]), p.op)).map((p) => p.name)

describe('pages', () => {
  it('hang on operations that exist, each under one path', () => {
    for (const p of pages) expect(ops[p.op], p.name).toBeTruthy()
    expect(new Set(pages.map((p) => p.path)).size).toBe(pages.length)
  })
  it('are seen by role as the contract says', () => {
    expect(sees('cashier')).toContain('counter')
    expect(sees('cashier')).not.toContain('staff')
    expect(sees('auditor')).not.toContain('counter')
    expect(sees('dispatcher')).not.toContain('owners')
    expect(sees('company_admin').length).toBeGreaterThan(sees('manager').length)
    expect(Object.keys(roleBits).length).toBe(11)
  })
})
describe('tiers', () => {
  it('are read as they are written', () => {
    expect(parseTiers('200:0.5 400:0.6 0:0.8')).toEqual([{ upto_e3: 200000, price_e4: 5000 }, { upto_e3: 400000, price_e4: 6000 }, { upto_e3: 0, price_e4: 8000 }])
    expect(parseTiers('200-0.5')).toBeNull()
  })
})
