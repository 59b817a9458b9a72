/** A moment of one fixed day: at(9) is 09:00. */
export function at(hour: number, minutes = 0): string {
  return new Date(Date.UTC(2026, 1, 28, hour, minutes)).toISOString()
}
