interface Page<T> { items: T[]; next_before: string | null }
/** A list to its end: what is sorted or sifted here must be all there. */
export async function readAll<T>(page: (before?: string) => Promise<Page<T>>): Promise<T[]> {
  const all: T[] = []
  for (let before: string | undefined; ;) {
    const a = await page(before)
    all.push(...a.items)
    if (a.next_before === null) return all
    before = a.next_before
  }
}
