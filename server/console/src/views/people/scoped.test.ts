import { describe, expect, it } from 'vitest'
import { pair, pairs, unpair } from './scoped'

describe('what is given for a project', () => {
  it('comes back as it went', () => {
    expect(unpair(pair('cashier', '12'))).toEqual({ what: 'cashier', project_id: '12' })
    expect(unpair(pair('cashier', null))).toEqual({ what: 'cashier' })
  })
  it('is offered for every place, and what is held already is never left out', () => {
    const all = pairs([{ value: 'cashier', label: 'C' }], [{ id: '12', name: 'P' }], [{ value: 'cashier|12', label: 'held' }, { value: 'platform_admin|', label: 'held' }])
    expect(all.map((o) => o.value)).toEqual(['cashier|', 'cashier|12', 'platform_admin|'])
  })
})
