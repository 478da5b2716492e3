import { onMounted, onUnmounted } from 'vue'
import type { LiveEvent } from '@/live/channel'
import { useLiveStore } from '@/stores/live'
import { useSession } from '@/stores/session'

/* While the screen is there: these events call these functions; after a gap `stale` reads everything again. */
export function useLive(events: Record<string, (e: LiveEvent) => void>, stale: () => void, topic?: 'board' | string): void {
  const live = useLiveStore(), session = useSession()
  const off: Array<() => void> = []
  onMounted(() => {
    for (const [name, fn] of Object.entries(events)) off.push(live.on(name, fn))
    off.push(live.onStale(stale))
    if (topic) off.push(live.watch(topic === 'board' ? `project:${session.who?.project_id}:board` : topic))
  })
  onUnmounted(() => off.forEach((fn) => fn()))
}
