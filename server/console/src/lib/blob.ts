/* Files come with the token in a header, so a plain link cannot fetch them: they pass through a blob. */
export function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob)
  const a = document.createElement('a')
  a.href = url
  a.download = name
  a.click()
  setTimeout(() => URL.revokeObjectURL(url), 60e3)
}

/* Opens a document in a tab of its own, to be looked at and printed; saves it where that is not allowed. */
export function openBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob)
  const tab = window.open(url, '_blank')
  if (!tab) saveBlob(blob, name)
  setTimeout(() => URL.revokeObjectURL(url), 300e3)
}
/* The bytes as they are: the server tells UTF-8 from GB18030. */
export function base64(data: ArrayBuffer): string {
  const bytes = new Uint8Array(data)
  let text = ''
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192))
  return btoa(text)
}
/* On a click: the same file, mended and chosen once more, is a change too. */
export const again = (e: Event) => ((e.target as HTMLInputElement).value = '')
