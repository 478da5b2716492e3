import type { BoardCounters } from '@/api/gen'
import { useLive } from './useLive'

/* A list whose changes the server tells only by a counter of the board: read again when that number is another one. */
export function useCounted(of: (c: BoardCounters) => number, reload: () => void): void {
  let last: number | undefined
  useLive({
    'board.counters': (e) => {
      const n = of(e.data as unknown as BoardCounters)
      if (n !== last) reload()
      last = n
    },
  }, reload, 'board')
}
