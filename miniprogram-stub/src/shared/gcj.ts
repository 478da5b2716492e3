/**
 * Browsers say WGS-84, maps and mini-programs in China GCJ-02, which lies up to 700 m beside it. The patrol points are GCJ-02.
 * The usual formula; exact to a few metres, and only meant for places in the country.
 */
const A = 6378245, EE = 0.00669342162296594323, { PI, sin, cos, sqrt, abs } = Math

export interface Place { lat: number; lng: number }
export function gcjOf({ lat, lng }: Place): Place {
  if (lng < 72.004 || lng > 137.8347 || lat < 0.8293 || lat > 55.8271) return { lat, lng }
  const x = lng - 105, y = lat - 35, wave = 20 * sin(6 * x * PI) + 20 * sin(2 * x * PI)
  const dy = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + (wave + 20 * sin(y * PI) + 40 * sin(y / 3 * PI) + 160 * sin(y / 12 * PI) + 320 * sin(y * PI / 30)) * 2 / 3
  const dx = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + (wave + 20 * sin(x * PI) + 40 * sin(x / 3 * PI) + 150 * sin(x / 12 * PI) + 300 * sin(x / 30 * PI)) * 2 / 3
  const rad = lat / 180 * PI, m = 1 - EE * sin(rad) ** 2, root = sqrt(m)
  return { lat: lat + dy * 180 / (A * (1 - EE) / (m * root) * PI), lng: lng + dx * 180 / (A / root * cos(rad) * PI) }
}
