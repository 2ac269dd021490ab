import { initAll } from './govuk-frontend.min.js'

initAll()

// Whoever cannot see a change of an open page is told of it.
document.addEventListener('htmx:after:swap', () => {
  document.getElementById('updated').textContent = 'This page has been updated.'
})
