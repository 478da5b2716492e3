import { ref } from 'vue'
import { defineStore } from 'pinia'
import { api } from '@/api/client'
import { useLiveStore } from './live'

/* The number on the bell: read once, then kept by events. */
export const useBell = defineStore('bell', () => {
  const unread = ref(0)
  async function refresh(): Promise<void> {
    unread.value = (await api('countNotifications')).unread
  }
  const start = () => void refresh().catch(() => {}) // a number that is not there is no reason to interrupt
  const live = useLiveStore()
  live.on('notification.new', () => unread.value++)
  live.on('notification.read', start)
  live.onStale(start)
  return { unread, refresh, start }
})
