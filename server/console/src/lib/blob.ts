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
export function base64(data: ArrayBuffer): string {
  let text = ''
  for (const b of new Uint8Array(data)) text += String.fromCharCode(b)
  return btoa(text)
}
