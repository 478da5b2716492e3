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
const PRESSED = 'uni-button,uni-switch,[role="button"],[role="radio"],[role="checkbox"],[role="tab"]'
function reach(el: Element) {
  if (!el.hasAttribute('tabindex')) el.setAttribute('tabindex', '0')
  if (el.tagName === 'UNI-BUTTON') {
    if (!el.hasAttribute('role')) el.setAttribute('role', 'button')
    tell(el, 'aria-disabled', el.hasAttribute('disabled') ? 'true' : null)
  }
  if (el.tagName === 'UNI-SWITCH') {
    if (!el.hasAttribute('role')) el.setAttribute('role', 'switch')
    tell(el, 'aria-checked', String(el.querySelector('.uni-switch-input-checked') !== null))
  }
}
function tell(el: Element, name: string, value: string | null) {
  if (el.getAttribute(name) === value) return
  if (value === null) el.removeAttribute(name)
  else el.setAttribute(name, value)
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
      if (m.type === 'attributes') {
        const el = m.target as Element, pressed = el.closest(PRESSED)
        hand(el)
        if (pressed && (pressed === el || pressed.tagName === 'UNI-SWITCH')) reach(pressed)
      }
      m.addedNodes.forEach(look)
    }
  }).observe(document.documentElement, { subtree: true, childList: true, attributes: true, attributeFilter: ['aria-label', 'disabled', 'class'] })
}
