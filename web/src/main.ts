// Takes the page; gives the app. Nothing else happens here.
import { mount } from 'svelte';
import App from './App.svelte';
import './fonts.css';
import './style.css';

const target = document.getElementById('app')!;
// The name that stood there until the script came.
target.replaceChildren();
mount(App, { target });
