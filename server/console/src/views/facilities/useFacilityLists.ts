import { computed } from 'vue'
import { api } from '@/api/client'
import { useLoad } from '@/composables/useLoad'
import { useSession } from '@/stores/session'

/* What a facility is chosen from. */
export function useFacilityLists() {
  const session = useSession()
  const categories = useLoad(async () => (await api('listFacilityCategories')).items)
  const buildings = useLoad(async () => (await api('listBuildings')).items)
  const suppliers = useLoad(async () => (await api('listFacilitySuppliers')).items, session.can('listFacilitySuppliers'))
  const lists = computed(() => ({
    categories: (categories.data.value ?? []).filter((c) => c.enabled).map((c) => ({ value: c.code, label: c.name })),
    buildings: (buildings.data.value ?? []).map((b) => ({ value: b.id, label: b.name })),
    suppliers: (suppliers.data.value ?? []).map((s) => ({ value: s.id, label: s.name })),
  }))
  const categoryName = (code: string) => categories.data.value?.find((c) => c.code === code)?.name ?? code
  return { lists, categoryName }
}
