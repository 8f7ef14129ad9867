import { render } from 'preact';
import { App } from './app/app';
import './style/main.css';
import './app/theme';

render(<App />, document.getElementById('app') as HTMLElement);
