import { describe, expect, it } from 'vitest'
import { blankItem, itemOf, rowOf } from './planItems'

describe('items of a check list', () => {
  it('are read as they are typed, by their kind', () => {
    expect(itemOf({ ...blankItem(), text: ' 有无异响 ', bad_yes: true }, 1)).toEqual({ kind: 'yes_no', text: '有无异响', required: true, bad_yes: true })
    expect(itemOf({ ...blankItem(), kind: 'number', text: '压力', min: '0.3', max: '0.6', measure: 'MPa' }, 1)).toEqual({ kind: 'number', text: '压力', required: true, min_e3: 300, max_e3: 600, measure: 'MPa' })
    expect(itemOf({ ...blankItem(), kind: 'choice', text: '状况', choices: '好  差', bad: '差 无', required: false }, 1)).toEqual({ kind: 'choice', text: '状况', required: false, choices: ['好', '差'], bad: ['差'] })
    expect(itemOf({ ...blankItem(), kind: 'photo', text: '机房照片' }, 1)).toEqual({ kind: 'photo', text: '机房照片', required: true })
  })
  it('say which one is wrong', () => {
    expect(() => itemOf(blankItem(), 3)).toThrow(/3/)
    expect(() => itemOf({ ...blankItem(), kind: 'number', text: 'x', min: 'a' }, 2)).toThrow(/2/)
    expect(() => itemOf({ ...blankItem(), kind: 'choice', text: 'x', choices: '好' }, 2)).toThrow()
  })
  it('come back to the form', () => {
    const item = { kind: 'number' as const, text: '压力', required: true, min_e3: 300, max_e3: 600, measure: 'MPa' }
    expect(itemOf(rowOf(item), 1)).toEqual(item)
  })
})
