import { ref, watch } from 'vue'
import { api } from '@/api/client'
import { t } from '@/lib/i18n'
import { pages } from '@/router/pages'
import { useSession } from '@/stores/session'

export interface Found { key: string; group: string; name: string; note: string; to: string }

/* Finds by a few letters whatever this person may see: pages first, then rooms, owners, orders, facilities, complaints. */
export function useFind() {
  const session = useSession()
  const text = ref(''), found = ref<Found[]>([]), busy = ref(false), looked = ref('')
  const at = (to: string, group: string) => (x: { id: string; name: string; note?: string | null }): Found => ({ key: to + x.id, group, name: x.name, note: x.note ?? '', to: to + x.id })
  const ofPages = (q: string): Found[] => pages.filter((p) => (p.group || p.name === 'inbox' || p.name === 'me') && session.can(p.op) && [t(p.title), p.name].some((s) => s.toLowerCase().includes(q.toLowerCase())))
    .slice(0, 8).map((p) => ({ key: p.path, group: t('find.pages'), name: t(p.title), note: p.group ? t(`nav.group_${p.group}`) : '', to: p.path }))
  const limit = 5
  const sources = [
    { may: () => session.can('getBuildingGrid'), read: async (q: string) => (await api('listRooms', { query: { search: q, limit } })).items.map((r) => at('/rooms?room=', t('f.room'))({ id: r.id, name: r.full_name })) },
    { may: () => session.can('listOwners'), read: async (q: string) => (await api('listOwners', { query: { [/^\d{4,}$/.test(q) ? 'phone' : 'name']: q, limit } })).items.map((o) => at('/owners/', t('nav.owners'))({ id: o.id, name: o.name, note: [o.phone, o.room].filter(Boolean).join(' ') })) },
    { may: () => session.can('countRepairs'), read: async (q: string) => (await api('listRepairs', { query: { view: 'board', search: q, limit } })).items.map((r) => at('/board?repair=', t('dash.repairs'))({ id: r.id, name: `${r.number} ${r.type}`, note: r.room ?? r.place })) },
    { may: () => session.can('listFacilities'), read: async (q: string) => (await api('listFacilities', { query: { search: q, limit } })).items.map((f) => at('/facilities/', t('nav.facilities'))({ id: f.id, name: `${f.code} ${f.name}`, note: f.place })) },
    { may: () => session.can('countComplaints'), read: async (q: string) => (await api('listComplaints', { query: { view: 'board', search: q, limit } })).items.map((c) => at('/complaints?complaint=', t('nav.complaints'))({ id: c.id, name: `${c.number} ${c.title}`, note: c.room ?? '' })) },
  ]
  let turn = 0
  async function look(): Promise<void> {
    const mine = ++turn, q = text.value.trim()
    found.value = ofPages(q)
    looked.value = ''
    if (q.length < 2) {
      looked.value = q
      busy.value = false
      return
    }
    busy.value = true
    const lists = await Promise.all(sources.filter((s) => s.may()).map((s) => s.read(q).catch(() => [] as Found[])))
    if (mine !== turn) return
    found.value = [...ofPages(q), ...lists.flat()]
    looked.value = q
    busy.value = false
  }
  let typing: ReturnType<typeof setTimeout> | undefined
  watch(text, () => {
    clearTimeout(typing)
    typing = setTimeout(() => void look(), 150)
  })
  return { text, found, busy, looked, look }
}
