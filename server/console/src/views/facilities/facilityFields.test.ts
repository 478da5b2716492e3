import { describe, expect, it } from 'vitest'
import { unasked } from './facilityFields'

describe('a facility that is changed', () => {
  const was = { building_id: '1', room_id: '2', parent_id: '3' }
  it('keeps its room and what it is a part of', () => expect(unasked(was, { building_id: '1', note: 'x' })).toEqual({ room_id: '2', parent_id: '3' }))
  it('leaves its room with its building', () => expect(unasked(was, { building_id: '9' }).room_id).toBeUndefined())
  it('has none when it had none', () => expect(unasked({ building_id: null, room_id: null, parent_id: null }, {})).toEqual({}))
})
