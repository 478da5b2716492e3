/**
 * uni-app's H5 components wrap the real input, textarea and img. A reader of screens needs the name on the inner one: the
 * aria-label that stands on the wrapper is handed down, and pictures without one are marked as decoration.
 */
const WRAPS: Record<string, string> = { 'UNI-INPUT': 'input', 'UNI-TEXTAREA': 'textarea', 'UNI-SWITCH': 'input', 'UNI-IMAGE': 'img', 'UNI-CHECKBOX': 'input', 'UNI-RADIO': 'input' }

function hand(el: Element) {
  const inner = WRAPS[el.tagName] && el.querySelector(WRAPS[el.tagName]!)
  if (!inner) return
  const label = el.getAttribute('aria-label') ?? ''
  const to = inner.tagName === 'IMG' ? 'alt' : 'aria-label'
  if (inner.getAttribute(to) !== label) inner.setAttribute(to, label)
}
const SELECTOR = Object.keys(WRAPS).join(',').toLowerCase()

/** What can be pressed can be reached by the keyboard: Tab to it, Enter or the space bar to press it. */
const PRESSED = 'uni-button,[role="button"],[role="radio"],[role="checkbox"],[role="tab"]'
function reach(el: Element) {
  if (!el.hasAttribute('tabindex')) el.setAttribute('tabindex', '0')
  if (el.tagName === 'UNI-BUTTON' && !el.hasAttribute('role')) el.setAttribute('role', 'button')
}
function press(e: KeyboardEvent) {
  if (e.key !== 'Enter' && e.key !== ' ') return
  const el = e.target
  if (!(el instanceof HTMLElement) || !el.matches(PRESSED)) return
  e.preventDefault()
  el.click()
}

export function watchLabels() {
  const look = (n: Node) => {
    if (!(n instanceof Element)) return
    const wrap = n.closest(SELECTOR)
    if (wrap) hand(wrap)
    n.querySelectorAll(SELECTOR).forEach(hand)
    if (n.matches(PRESSED)) reach(n)
    n.querySelectorAll(PRESSED).forEach(reach)
  }
  document.addEventListener('keydown', press)
  new MutationObserver((all) => {
    for (const m of all) {
      if (m.type === 'attributes') hand(m.target as Element)
      m.addedNodes.forEach(look)
    }
  }).observe(document.documentElement, { subtree: true, childList: true, attributes: true, attributeFilter: ['aria-label'] })
}
