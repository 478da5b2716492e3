/** Every failure has one shape here, whether the server said it or nobody answered (status 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly field: string,
    readonly requestId: string,
    readonly retryAfter = 0,
  ) {
    super(message)
  }
  get offline() { return this.status === 0 }
}
export function errorOf(a: { status: number; data: any; retryAfter: number }): ApiError {
  const e = a.data?.error
  if (a.status === 0) return new ApiError(0, 'offline', '', '', '')
  return new ApiError(a.status, e?.code ?? `http_${a.status}`, e?.message ?? '', e?.field ?? '', e?.request_id ?? '', a.retryAfter)
}
