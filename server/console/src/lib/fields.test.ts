import { describe, expect, it } from 'vitest'
import { check, fromInput, toInput, withEmptied, type Field } from './fields'

const f = (kind: Field['kind'], more: Partial<Field> = {}): Field => ({ key: 'x', label: 'X', kind, ...more })

describe('form fields', () => {
  it('give back what they were given', () => {
    for (const [kind, value] of [['money', 12345], ['area', 893500], ['price', 28000], ['percent', 9500], ['int', 7], ['day', 20261127], ['minute', 510], ['text', '阳光'], ['switch', true], ['qty', 1500]] as const)
      expect(fromInput(f(kind), toInput(f(kind), value))).toBe(value)
  })
  it('say what is wrong beside the field and leave it out of the values', () => {
    const fields: Field[] = [{ key: 'a', label: 'A', required: true }, { key: 'b', label: 'B', kind: 'money', min: 1 }, { key: 'c', label: 'C', kind: 'day' }, { key: 'd', label: 'D', kind: 'phone' }, { key: 'e', label: 'E', length: 2 }]
    const r = check(fields, { a: ' ', b: '0', c: '2026-02-30', d: '123', e: '三个字' })
    expect(Object.keys(r.errors)).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(r.values).toEqual({})
  })
  it('ask only what the other answers call for', () => {
    const fields: Field[] = [{ key: 'kind', label: 'K' }, { key: 'formula', label: 'F', required: true, when: (v) => v.kind === 'formula' }]
    expect(check(fields, { kind: 'area' }).errors).toEqual({})
    expect(Object.keys(check(fields, { kind: 'formula' }).errors)).toEqual(['formula'])
  })
  it('say that a box was emptied where what is left out stays', () => {
    const fields: Field[] = [{ key: 'name', label: 'N' }, { key: 'note', label: 'O', kind: 'long' }, { key: 'area', label: 'A', kind: 'area' }, { key: 'floor', label: 'F', kind: 'int' }, { key: 'use', label: 'U', kind: 'choice' }]
    expect(withEmptied(fields, { name: 'a', note: 'b', area: 893500, floor: 0, use: 'shop' }, { name: 'c' })).toEqual({ name: 'c', note: '', area: 0 })
    expect(withEmptied(fields, { name: 'a', note: '', area: 0 }, { name: 'a', area: 10000 })).toEqual({ name: 'a', area: 10000 })
  })
  it('leave a password as it was typed', () => expect(fromInput(f('password'), ' a b ')).toBe(' a b '))
})
