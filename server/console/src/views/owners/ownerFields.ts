import type { Field } from '@/lib/fields'
import type { Column } from '@/lib/columns'
import { t, tx } from '@/lib/i18n'

const choices = (words: string, values: string[]) => values.map((v) => ({ value: v, label: tx(words, v) }))

/* The ten conditions a list of owners can be asked by, together. */
export const ownerFilters = (buildings: Array<{ id: string; name: string }>): Field[] => [
  { key: 'name', label: t('f.person_name') }, { key: 'phone', label: t('f.phone') }, { key: 'room', label: t('f.room') }, { key: 'layout', label: t('f.layout') },
  { key: 'building_id', label: t('f.building'), kind: 'choice', options: buildings.map((b) => ({ value: b.id, label: b.name })) },
  { key: 'role', label: t('f.role'), kind: 'choice', options: choices('e.owner_role', ['owner', 'co_owner', 'family', 'tenant', 'staff']) },
  { key: 'room_state', label: t('owner.room_state'), kind: 'choice', options: choices('e.room_state', ['unsold', 'sold', 'delivered', 'occupied', 'rented', 'vacant', 'decorating']) },
  { key: 'kind', label: t('f.company_person'), kind: 'choice', options: choices('e.party_kind', ['person', 'company']) },
  { key: 'owing', label: t('f.owing'), kind: 'choice', options: choices('e.owing', ['yes', 'no']) },
]
export const ownerColumns = (): Column[] => [
  { key: 'name', label: t('f.person_name') }, { key: 'kind', label: t('f.company_person'), kind: 'enum', words: 'e.party_kind', minor: true }, { key: 'phone', label: t('f.phone') }, { key: 'room', label: t('f.room') }, { key: 'rooms', label: t('f.rooms'), kind: 'count' },
  { key: 'open_fen', label: t('f.owing'), kind: 'money' }, { key: 'email', label: t('f.email'), minor: true }, { key: 'changed_at', label: t('f.changed_at'), kind: 'time', minor: true },
]
export const ownerForm = (change: boolean): Field[] => [
  { key: 'name', label: t('f.person_name'), required: true, length: 64 },
  { key: 'kind', label: t('f.company_person'), kind: 'choice', options: choices('e.party_kind', ['person', 'company']) },
  ...(change ? [] : [{ key: 'phone', label: t('f.phone'), kind: 'phone' } as Field, { key: 'email', label: t('f.email'), length: 100 } as Field, { key: 'idno', label: t('f.idno'), length: 32 } as Field, { key: 'emergency_name', label: t('f.emergency_name'), length: 32 } as Field, { key: 'emergency_phone', label: t('f.emergency_phone'), kind: 'phone' } as Field]),
  { key: 'note', label: t('f.note'), kind: 'long', length: 500 },
  ...(change ? [{ key: 'reason', label: t('f.reason'), required: true, length: 200 } as Field] : []),
]
