import type { Facility } from '@/api/gen'
import type { Column } from '@/lib/columns'
import type { Field, Option, Values } from '@/lib/fields'
import { t, tx } from '@/lib/i18n'

export const opts = (words: string, values: readonly string[]): Option[] => values.map((v) => ({ value: v, label: tx(words, v) }))
export const facilityStates = ['in_use', 'stopped', 'idle', 'scrapped'] as const
export const facilityColumns = (): Column[] => [
  { key: 'code', label: t('f.code') }, { key: 'name', label: t('f.name') }, { key: 'category', label: t('f.category') }, { key: 'place', label: t('f.place') }, { key: 'importance', label: t('f.importance'), kind: 'enum', words: 'e.importance' },
  { key: 'state', label: t('f.state'), kind: 'tag', words: 'e.facility_state' }, { key: 'up', label: t('f.up') }, { key: 'inspect_due', label: t('f.inspect_due'), kind: 'day' }, { key: 'keeper', label: t('f.keeper'), minor: true },
]
export const facilityFacts = (): Column[] => [
  { key: 'state', label: t('f.state'), kind: 'tag', words: 'e.facility_state' }, { key: 'importance', label: t('f.importance'), kind: 'enum', words: 'e.importance' }, { key: 'category', label: t('f.category') }, { key: 'building', label: t('f.building') }, { key: 'place', label: t('f.place') }, { key: 'parent', label: t('f.parent') },
  { key: 'brand', label: t('f.brand') }, { key: 'model', label: t('f.model') }, { key: 'serial', label: t('f.serial') }, { key: 'supplier', label: t('f.supplier') }, { key: 'bought_day', label: t('f.bought'), kind: 'day' }, { key: 'price_fen', label: t('f.price_bought'), kind: 'money' }, { key: 'service_day', label: t('f.service_day'), kind: 'day' }, { key: 'warranty_day', label: t('f.warranty'), kind: 'day' },
  { key: 'keeper', label: t('f.keeper') }, { key: 'reg_no', label: t('f.reg_no') }, { key: 'inspected_day', label: t('f.inspected'), kind: 'day' }, { key: 'inspect_due', label: t('f.inspect_due'), kind: 'day' }, { key: 'reading_e3', label: t('fac.reading'), kind: 'qty' }, { key: 'note', label: t('f.note') },
]
export const facilityForm = (o: { categories: Option[]; buildings: Option[]; suppliers: Option[] }): Field[] => [
  { key: 'code', label: t('f.code'), required: true, length: 40 }, { key: 'name', label: t('f.name'), required: true, length: 60 }, { key: 'category', label: t('f.category'), kind: 'choice', required: true, options: o.categories },
  { key: 'importance', label: t('f.importance'), kind: 'choice', options: opts('e.importance', ['A', 'B', 'C']) }, { key: 'building_id', label: t('f.building'), kind: 'choice', options: o.buildings }, { key: 'place', label: t('f.place'), length: 80 },
  { key: 'brand', label: t('f.brand'), length: 40 }, { key: 'model', label: t('f.model'), length: 60 }, { key: 'serial', label: t('f.serial'), length: 60 }, { key: 'supplier_id', label: t('f.supplier'), kind: 'choice', options: o.suppliers }, { key: 'keeper_id', label: t('f.keeper'), kind: 'staff' },
  { key: 'bought_day', label: t('f.bought'), kind: 'day' }, { key: 'price_fen', label: t('f.price_bought'), kind: 'money', min: 0 }, { key: 'service_day', label: t('f.service_day'), kind: 'day' }, { key: 'warranty_day', label: t('f.warranty'), kind: 'day' }, { key: 'life_months', label: t('f.life'), kind: 'int', min: 0, max: 1200 },
  { key: 'reg_no', label: t('f.reg_no'), length: 60 }, { key: 'inspected_day', label: t('f.inspected'), kind: 'day' }, { key: 'inspect_due', label: t('f.inspect_due'), kind: 'day' }, { key: 'measure', label: t('f.unit_measure'), length: 10 }, { key: 'note', label: t('f.note'), kind: 'long', length: 1000 },
]
/* A facility is saved as a whole: what its form does not ask for goes along as it is. Out of its building it is out of its room. */
export const unasked = (was: Pick<Facility, 'building_id' | 'room_id' | 'parent_id'>, v: Values) => ({
  parent_id: was.parent_id ?? undefined,
  room_id: (was.building_id ?? undefined) === v.building_id ? (was.room_id ?? undefined) : undefined,
})
