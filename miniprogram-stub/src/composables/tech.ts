/** What several pages of a technician read: one reading, kept for the basement. */
import { api } from '@/api/client'
import { readAll } from '@/api/pages'
import { useResource } from './resource'

export const useOpenJobs = () => useResource('jobs.open', () => readAll((before) => api.get('/api/v1/repairs', { query: { view: 'jobs', open: 1, before, limit: 100 } })), true)
export const useFaultTypes = () => useResource('finish-types', async () => (await api.get('/api/v1/fault-types')).items, true)
