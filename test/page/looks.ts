import type { BrowserContextOptions } from 'playwright-core'

/** The ways in which the page is looked at. */
export const LOOKS = [
  { name: 'light', options: { colorScheme: 'light', viewport: { width: 1120, height: 700 } } },
  { name: 'dark', options: { colorScheme: 'dark', viewport: { width: 1120, height: 700 } } },
  {
    name: 'phone',
    options: { colorScheme: 'light', viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
  },
] as const satisfies readonly { readonly name: string; readonly options: BrowserContextOptions }[]
